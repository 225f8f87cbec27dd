"""Mobile networks of the countries most of this traffic goes to, by the beginnings of their numbers: only data.

Network codes (MCC, MNC) typed from ITU's list of mobile network codes (E.212); beginnings from the national numbering
plans as the regulators publish them with ITU (E.129): Ukraine, Russia, Kazakhstan, Belarus, Moldova, Armenia,
Azerbaijan, Georgia, Uzbekistan, Kyrgyzstan. A beginning stands here if it was given to one network as a whole or but
for few blocks, which then follow with longer ones; of what is split among many, only the country is known.
"""

from __future__ import annotations

from typing import Final

MOBILE_RANGES: Final = """
255 01 Ukraine|Vodafone|380: 50 66 75 95 99
255 03 Ukraine|Kyivstar|380: 39 67 68 77 96 97 98
255 04 Ukraine|Intertelecom|380: 89 94
255 06 Ukraine|lifecell|380: 63 73 93
255 07 Ukraine|3Mob|380: 91
255 21 Ukraine|PEOPLEnet|380: 92

250 01 Russia|MTS|7: 910 911 912 913 914 915 916 917 918 919 981 982 983 984 985 986 987 988 989
250 02 Russia|MegaFon|7: 920 921 922 923 924 925 926 927 928 929 931 937 938
250 20 Russia|T2|7: 950 951 952 953
250 35 Russia|Motiv|7: 95019 95020 95063 95064 95065 95213 95214 95273 95304 95305 95338 95360
250 99 Russia|Beeline|7: 903 905 906 909 960 961 962 963 964 965 966 967 968 969

401 01 Kazakhstan|Beeline|7: 705 706 771 776 777
401 02 Kazakhstan|Kcell|7: 701 702 775 778
401 77 Kazakhstan|Tele2/Altel|7: 700 707 708 747

257 01 Belarus|A1|375: 291 293 296 299 44
257 02 Belarus|MTS|375: 292 295 297 298 33
257 04 Belarus|life:)|375: 25

259 01 Moldova|Orange|373: 60 610 611 612 620 621 68 69
259 02 Moldova|Moldcell|373: 76 78 79
259 05 Moldova|Moldtelecom|373: 67

283 01 Armenia|Team|374: 33 43 91 96 99
283 05 Armenia|Viva|374: 49 77 93 94 98
283 10 Armenia|Ucom|374: 41 44 55 95

400 01 Azerbaijan|Azercell|994: 10 50 51
400 02 Azerbaijan|Bakcell|994: 55 99
400 04 Azerbaijan|Nar|994: 70 77

282 01 Georgia|Silknet|995: 514 555 557 558 570 577 593
282 02 Georgia|Magti|995: 551 591 595 596 598 599
282 04 Georgia|Cellfie|995: 568 571 574 579 592 597

434 04 Uzbekistan|Beeline|998: 90 91
434 05 Uzbekistan|Ucell|998: 50 93 94
434 07 Uzbekistan|Mobiuz|998: 88 97
434 08 Uzbekistan|Uzbektelecom|998: 77 95 99

437 01 Kyrgyzstan|Beeline|996: 22 77
437 05 Kyrgyzstan|MEGA|996: 55 75 99
437 09 Kyrgyzstan|O!|996: 50 70
"""
