# A client made of Debian's Net::SMPP: PORT SYSTEM_ID PASSWORD SENDER WANTED NUMBER=TEXT …; prints a line for each answer
# and each thing delivered, asks what became of the first message, and unbinds after WANTED deliveries.
use strict;
use warnings;
use Net::SMPP;
$| = 1;

my ($port, $system_id, $password, $sender, $wanted, @messages) = @ARGV;
my ($smpp, $bound) = Net::SMPP->new_transceiver(
    '127.0.0.1', port => $port, system_id => $system_id, password => $password, smpp_version => 0x34, async => 0,
) or die "no connection";
print "bound $bound->{status}\n";

# What is delivered while an answer is waited for would be skipped: so it waits as in a real program.
my (%waiting, @ids);
for my $message (@messages) {
    my ($number, $text) = split /=/, $message, 2;
    my $seq = $smpp->submit_sm(
        source_addr_ton => 5, source_addr => $sender, dest_addr_ton => 1, dest_addr_npi => 1,
        destination_addr => $number, registered_delivery => 1, short_message => $text, async => 1,
    );
    $waiting{$seq} = $number;
}
while ($wanted > 0 || %waiting) {
    my $pdu = $smpp->read_pdu() or die "the connection is gone";
    if ($pdu->{cmd} == 0x80000004) {
        print "answer $pdu->{status} $pdu->{message_id} " . delete($waiting{$pdu->{seq}}) . "\n";
        push @ids, $pdu->{message_id};
    } elsif ($pdu->{cmd} == 0x00000005) {
        my $state = $pdu->{message_state} // '';
        print "delivered $pdu->{esm_class} $pdu->{source_addr} $pdu->{short_message}\n";
        $smpp->deliver_sm_resp(message_id => '', seq => $pdu->{seq});
        $wanted--;
    } elsif ($pdu->{cmd} == 0x00000015) {
        $smpp->enquire_link_resp(seq => $pdu->{seq});
    }
}
my $query = $smpp->query_sm(message_id => $ids[0], source_addr_ton => 5, source_addr => $sender);
print "query $query->{status} $query->{message_id} $query->{message_state}\n";
my @later = (source_addr_ton => 5, source_addr => $sender);
my $scheduled = $smpp->submit_sm(
    @later, dest_addr_ton => 1, dest_addr_npi => 1, destination_addr => '380671234567', short_message => 'old words',
    schedule_delivery_time => '000000010000000R',
);
my $replaced = $smpp->replace_sm(@later, message_id => $scheduled->{message_id}, short_message => 'new words');
my $missed = $smpp->replace_sm(@later, message_id => $ids[0], short_message => 'too late');
print "replaced $replaced->{status} $missed->{status} $scheduled->{message_id}\n";
my $enquired = $smpp->enquire_link();
print "enquired $enquired->{status}\n";
my $unbound = $smpp->unbind();
print "unbound $unbound->{status}\n";
