"""One PDU of each kind, typed field by field from section 4 of the SMPP 3.4 specification (issue 1.2), and its meaning.

The first is printed in the specification itself (3.2.3). Nothing here was made by Heliograph.
"""

from __future__ import annotations

from heliograph.protocols.smpp import pdu
from heliograph.protocols.smpp.fields import DistributionList, SmeAddress, UnsuccessfulSme


def octets(text):
    """Hexadecimal digits with comments after a #."""
    return bytes.fromhex(" ".join(line.partition("#")[0] for line in text.splitlines()))


VECTORS = [
    (
        octets("""
            00 00 00 2F 00 00 00 02 00 00 00 00 00 00 00 01
            53 4D 50 50 33 54 45 53 54 00           # system_id SMPP3TEST
            73 65 63 72 65 74 30 38 00              # password secret08
            53 55 42 4D 49 54 31 00                 # system_type SUBMIT1
            00 01 01 00                             # interface_version, addr_ton, addr_npi, address_range
        """),
        pdu.BindTransmitter(
            sequence_number=1, system_id=b"SMPP3TEST", password=b"secret08", system_type=b"SUBMIT1",
            interface_version=0, addr_ton=1, addr_npi=1,
        ),
    ),
    (
        octets("""
            00 00 00 1B 80 00 00 02 00 00 00 00 00 00 00 01
            53 4D 53 43 00                          # system_id SMSC
            02 10 00 01 34                          # SC_interface_version
            00                                      # one octet too many: kept
        """),
        pdu.BindTransmitterResp(sequence_number=1, system_id=b"SMSC", tlvs=((0x0210, b"\x34"), (-1, b"\0"))),
    ),
    (
        octets("""
            00 00 00 23 00 00 00 01 00 00 00 00 00 00 00 02
            6C 6F 67 69 6E 00                       # system_id login
            70 77 00                                # password pw
            00                                      # system_type
            34 01 01                                # interface_version, addr_ton, addr_npi
            5E 33 38 30 2E 00                       # address_range ^380.
        """),
        pdu.BindReceiver(
            sequence_number=2, system_id=b"login", password=b"pw", interface_version=0x34, addr_ton=1, addr_npi=1,
            address_range=b"^380.",
        ),
    ),
    (
        octets("00 00 00 12 80 00 00 01 00 00 00 00 00 00 00 02 41 00"),
        pdu.BindReceiverResp(sequence_number=2, system_id=b"A"),
    ),
    (
        octets("""
            00 00 00 1C 00 00 00 09 00 00 00 00 00 00 00 03
            61 62 00 63 64 00 45 00                 # ab, cd, E
            50 00 00 00                             # interface_version 5.0
        """),
        pdu.BindTransceiver(
            sequence_number=3, system_id=b"ab", password=b"cd", system_type=b"E", interface_version=0x50
        ),
    ),
    (
        octets("00 00 00 10 80 00 00 09 00 00 00 0E 00 00 00 03"),
        pdu.BindTransceiverResp(sequence_number=3, command_status=0x0E),
    ),
    (
        octets("00 00 00 18 00 00 00 0B 00 00 00 00 00 00 00 04 53 4D 53 43 00 70 77 00"),
        pdu.Outbind(sequence_number=4, system_id=b"SMSC", password=b"pw"),
    ),
    (octets("00 00 00 10 00 00 00 06 00 00 00 00 00 00 00 05"), pdu.Unbind(sequence_number=5)),
    (octets("00 00 00 10 80 00 00 06 00 00 00 00 00 00 00 05"), pdu.UnbindResp(sequence_number=5)),
    (
        octets("00 00 00 10 80 00 00 00 00 00 00 03 00 00 00 06"),
        pdu.GenericNack(sequence_number=6, command_status=0x03),
    ),
    (
        octets("""
            00 00 00 57 00 00 00 04 00 00 00 00 7F FF FF FF
            57 41 50 00                             # service_type WAP
            05 00 48 65 6C 69 6F 00                 # source: alphanumeric, Helio
            01 01 33 38 30 36 37 31 32 33 34 35 36 37 00  # destination: international, E.164
            40 3F 01                                # esm_class UDHI, protocol_id, priority_flag
            32 36 31 31 32 31 31 30 30 30 30 30 30 30 38 2B 00  # schedule 261121100000008+
            00                                      # validity_period
            11 01 08 02                             # registered_delivery, replace, data_coding, sm_default_msg_id
            08 05 00 03 2A 02 01 04 1F              # sm_length, UDH of part 1 of 2, one UCS-2 character
            02 04 00 02 00 07                       # user_message_reference
            13 0C 00 00                             # alert_on_message_delivery
        """),
        pdu.SubmitSm(
            sequence_number=0x7FFFFFFF, service_type=b"WAP", source_addr_ton=5, source_addr_npi=0, source_addr=b"Helio",
            dest_addr_ton=1, dest_addr_npi=1, destination_addr=b"380671234567", esm_class=0x40, protocol_id=0x3F,
            priority_flag=1, schedule_delivery_time=b"261121100000008+", registered_delivery=0x11,
            replace_if_present_flag=1, data_coding=8, sm_default_msg_id=2,
            short_message=b"\x05\x00\x03\x2a\x02\x01\x04\x1f", tlvs=((0x0204, b"\x00\x07"), (0x130C, b"")),
        ),
    ),
    (
        octets("00 00 00 1A 80 00 00 04 00 00 00 00 7F FF FF FF 31 30 30 30 30 30 30 30 31 00"),
        pdu.SubmitSmResp(sequence_number=0x7FFFFFFF, message_id=b"100000001"),
    ),
    (
        octets("00 00 00 10 80 00 00 04 00 00 00 58 00 00 00 08"),
        pdu.SubmitSmResp(sequence_number=8, command_status=0x58),
    ),
    (
        octets("""
            00 00 00 37 00 00 00 21 00 00 00 00 00 00 00 09
            00                                      # service_type
            05 00 41 00                             # source
            03                                      # number_of_dests
            01 01 01 33 38 30 31 00                 # an SME address
            02 6C 69 73 74 00                       # a distribution list
            01 02 08 39 00                          # another SME address
            00 00 00 00                             # esm_class, protocol_id, priority_flag, schedule
            30 00                                   # validity_period "0"
            01 00 00 00                             # registered_delivery, replace, data_coding, sm_default_msg_id
            03 68 65 79                             # hey
        """),
        pdu.SubmitMulti(
            sequence_number=9, source_addr_ton=5, source_addr=b"A",
            dest_address=(SmeAddress(1, 1, b"3801"), DistributionList(b"list"), SmeAddress(2, 8, b"9")),
            validity_period=b"0", registered_delivery=1, short_message=b"hey",
        ),
    ),
    (
        octets("""
            00 00 00 25 80 00 00 21 00 00 00 00 00 00 00 09
            31 37 00                                # message_id 17
            02                                      # no_unsuccess
            01 01 31 00 00 00 00 0B                 # 1: ESME_RINVDSTADR
            00 00 00 00 00 00 45                    # an empty address: ESME_RSUBMITFAIL
            00 01                                   # two octets too many: kept
        """),
        pdu.SubmitMultiResp(
            sequence_number=9, message_id=b"17",
            unsuccess_sme=(UnsuccessfulSme(1, 1, b"1", 0x0B), UnsuccessfulSme(0, 0, b"", 0x45)),
            tlvs=((-1, b"\x00\x01"),),
        ),
    ),
    (
        octets("""
            00 00 00 61 00 00 00 05 00 00 00 00 00 00 00 0A
            00                                      # service_type
            01 01 33 38 30 36 37 00                 # source
            05 00 48 00                             # destination
            04 00 00 00 00 00 00 00 00              # esm_class: receipt, up to sm_default_msg_id
            29                                      # sm_length
            69 64 3A 31 37 20 73 75 62 3A 30 30 31 20 64 6C 76 72 64 3A 30 30 31 20
            73 74 61 74 3A 44 45 4C 49 56 52 44 20 65 72 72 3A
            04 27 00 01 02                          # message_state DELIVERED
            00 1E 00 03 31 37 00                    # receipted_message_id 17
            14 03 00 01 FF                          # a vendor's own
        """),
        pdu.DeliverSm(
            sequence_number=10, source_addr_ton=1, source_addr_npi=1, source_addr=b"38067", dest_addr_ton=5,
            destination_addr=b"H", esm_class=4, short_message=b"id:17 sub:001 dlvrd:001 stat:DELIVRD err:",
            tlvs=((0x0427, b"\x02"), (0x001E, b"17\0"), (0x1403, b"\xff")),
        ),
    ),
    (
        octets("00 00 00 11 80 00 00 05 00 00 00 00 00 00 00 0A 00"),
        pdu.DeliverSmResp(sequence_number=10),
    ),
    (
        octets("""
            00 00 00 27 00 00 01 03 00 00 00 00 00 00 00 0B
            56 4D 4E 00                             # service_type VMN
            01 01 31 00                             # source
            02 08 32 00                             # destination
            00 01 04                                # esm_class, registered_delivery, data_coding
            04 24 00 04 00 FF 00 FE                 # message_payload
        """),
        pdu.DataSm(
            sequence_number=11, service_type=b"VMN", source_addr_ton=1, source_addr_npi=1, source_addr=b"1",
            dest_addr_ton=2, dest_addr_npi=8, destination_addr=b"2", registered_delivery=1, data_coding=4,
            tlvs=((0x0424, b"\x00\xff\x00\xfe"),),
        ),
    ),
    (
        octets("00 00 00 18 80 00 01 03 00 00 00 FE 00 00 00 0B 78 00 04 25 00 01 02 00"),
        pdu.DataSmResp(
            sequence_number=11, command_status=0xFE, message_id=b"x", tlvs=((0x0425, b"\x02"), (-1, b"\0"))
        ),
    ),
    (
        octets("00 00 00 18 00 00 00 03 00 00 00 00 00 00 00 0C 31 37 00 05 00 41 42 00"),
        pdu.QuerySm(sequence_number=12, message_id=b"17", source_addr_ton=5, source_addr=b"AB"),
    ),
    (
        octets("""
            00 00 00 26 80 00 00 03 00 00 00 00 00 00 00 0C
            31 37 00                                # message_id
            32 36 31 31 32 31 31 30 30 30 30 35 30 30 30 2B 00  # final_date 261121100005000+
            02 00                                   # message_state DELIVERED, error_code
        """),
        pdu.QuerySmResp(sequence_number=12, message_id=b"17", final_date=b"261121100005000+", message_state=2),
    ),
    (
        octets("00 00 00 1F 00 00 00 08 00 00 00 00 00 00 00 0D 43 4D 54 00 31 37 00 05 00 41 00 01 01 37 00"),
        pdu.CancelSm(
            sequence_number=13, service_type=b"CMT", message_id=b"17", source_addr_ton=5, source_addr=b"A",
            dest_addr_ton=1, dest_addr_npi=1, destination_addr=b"7",
        ),
    ),
    (
        octets("00 00 00 10 80 00 00 08 00 00 00 11 00 00 00 0D"),
        pdu.CancelSmResp(sequence_number=13, command_status=0x11),
    ),
    (
        octets("""
            00 00 00 2F 00 00 00 07 00 00 00 00 00 00 00 0E
            31 37 00 05 00 41 00                    # message_id 17, source A
            00                                      # schedule_delivery_time
            30 30 30 30 30 31 30 30 30 30 30 30 30 30 30 52 00  # validity_period 000001000000000R
            01 00                                   # registered_delivery, sm_default_msg_id
            03 6E 65 77                             # new
        """),
        pdu.ReplaceSm(
            sequence_number=14, message_id=b"17", source_addr_ton=5, source_addr=b"A",
            validity_period=b"000001000000000R", registered_delivery=1, short_message=b"new",
        ),
    ),
    (octets("00 00 00 10 80 00 00 07 00 00 00 00 00 00 00 0E"), pdu.ReplaceSmResp(sequence_number=14)),
    (octets("00 00 00 10 00 00 00 15 00 00 00 00 00 00 00 0F"), pdu.EnquireLink(sequence_number=15)),
    (octets("00 00 00 10 80 00 00 15 00 00 00 00 00 00 00 0F"), pdu.EnquireLinkResp(sequence_number=15)),
    (
        octets("""
            00 00 00 1D 00 00 01 02 00 00 00 00 00 00 00 10
            01 01 31 00 05 00 41 00                 # source 1, esme_addr A
            04 22 00 01 00                          # ms_availability_status
        """),
        pdu.AlertNotification(
            sequence_number=16, source_addr_ton=1, source_addr_npi=1, source_addr=b"1", esme_addr_ton=5,
            esme_addr=b"A", tlvs=((0x0422, b"\x00"),),
        ),
    ),
]  # fmt: skip
