"""`heliograph smpp-client` and `heliograph probe`: our own side of SMPP for hands, scripts and first meetings.

`peer` how a message centre is reached, `words` messages as PDUs and back, `client` and `load` one command, `probe`,
`questions` and `findings` the other. Neither touches a gateway's data.
"""
