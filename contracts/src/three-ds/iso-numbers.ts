/**
 * Numeric codes as 3-D Secure wants them: ISO 3166-1 for countries (the list of 2024), ISO 4217 for currencies (2025, with
 * xcg for ang and without bgn, which became the euro). Codes that ISO gives no country or no currency (metals, tests,
 * bond units) are left out: 3-D Secure refuses them too.
 */
const countries =
  'AD020 AE784 AF004 AG028 AI660 AL008 AM051 AO024 AQ010 AR032 AS016 AT040 AU036 AW533 AX248 AZ031 BA070 BB052 ' +
  'BD050 BE056 BF854 BG100 BH048 BI108 BJ204 BL652 BM060 BN096 BO068 BQ535 BR076 BS044 BT064 BV074 BW072 BY112 ' +
  'BZ084 CA124 CC166 CD180 CF140 CG178 CH756 CI384 CK184 CL152 CM120 CN156 CO170 CR188 CU192 CV132 CW531 CX162 ' +
  'CY196 CZ203 DE276 DJ262 DK208 DM212 DO214 DZ012 EC218 EE233 EG818 EH732 ER232 ES724 ET231 FI246 FJ242 FK238 ' +
  'FM583 FO234 FR250 GA266 GB826 GD308 GE268 GF254 GG831 GH288 GI292 GL304 GM270 GN324 GP312 GQ226 GR300 GS239 ' +
  'GT320 GU316 GW624 GY328 HK344 HM334 HN340 HR191 HT332 HU348 ID360 IE372 IL376 IM833 IN356 IO086 IQ368 IR364 ' +
  'IS352 IT380 JE832 JM388 JO400 JP392 KE404 KG417 KH116 KI296 KM174 KN659 KP408 KR410 KW414 KY136 KZ398 LA418 ' +
  'LB422 LC662 LI438 LK144 LR430 LS426 LT440 LU442 LV428 LY434 MA504 MC492 MD498 ME499 MF663 MG450 MH584 MK807 ' +
  'ML466 MM104 MN496 MO446 MP580 MQ474 MR478 MS500 MT470 MU480 MV462 MW454 MX484 MY458 MZ508 NA516 NC540 NE562 ' +
  'NF574 NG566 NI558 NL528 NO578 NP524 NR520 NU570 NZ554 OM512 PA591 PE604 PF258 PG598 PH608 PK586 PL616 PM666 ' +
  'PN612 PR630 PS275 PT620 PW585 PY600 QA634 RE638 RO642 RS688 RU643 RW646 SA682 SB090 SC690 SD729 SE752 SG702 ' +
  'SH654 SI705 SJ744 SK703 SL694 SM674 SN686 SO706 SR740 SS728 ST678 SV222 SX534 SY760 SZ748 TC796 TD148 TF260 ' +
  'TG768 TH764 TJ762 TK772 TL626 TM795 TN788 TO776 TR792 TT780 TV798 TW158 TZ834 UA804 UG800 UM581 US840 UY858 ' +
  'UZ860 VA336 VC670 VE862 VG092 VI850 VN704 VU548 WF876 WS882 YE887 YT175 ZA710 ZM894 ZW716'

const currencies =
  'aed784 afn971 all008 amd051 aoa973 ars032 aud036 awg533 azn944 bam977 bbd052 bdt050 bhd048 bif108 bmd060 ' +
  'bnd096 bob068 bov984 brl986 bsd044 btn064 bwp072 byn933 bzd084 cad124 cdf976 che947 chf756 chw948 clf990 ' +
  'clp152 cny156 cop170 cou970 crc188 cuc931 cup192 cve132 czk203 djf262 dkk208 dop214 dzd012 egp818 ern232 ' +
  'etb230 eur978 fjd242 fkp238 gbp826 gel981 ghs936 gip292 gmd270 gnf324 gtq320 gyd328 hkd344 hnl340 htg332 ' +
  'huf348 idr360 ils376 inr356 iqd368 irr364 isk352 jmd388 jod400 jpy392 kes404 kgs417 khr116 kmf174 kpw408 ' +
  'krw410 kwd414 kyd136 kzt398 lak418 lbp422 lkr144 lrd430 lsl426 lyd434 mad504 mdl498 mga969 mkd807 mmk104 ' +
  'mnt496 mop446 mru929 mur480 mvr462 mwk454 mxn484 mxv979 myr458 mzn943 nad516 ngn566 nio558 nok578 npr524 ' +
  'nzd554 omr512 pab590 pen604 pgk598 php608 pkr586 pln985 pyg600 qar634 ron946 rsd941 rub643 rwf646 sar682 ' +
  'sbd090 scr690 sdg938 sek752 sgd702 shp654 sle925 sos706 srd968 ssp728 stn930 svc222 syp760 szl748 thb764 ' +
  'tjs972 tmt934 tnd788 top776 try949 ttd780 twd901 tzs834 uah980 ugx800 usd840 usn997 uyi940 uyu858 uyw927 ' +
  'uzs860 ved926 ves928 vnd704 vuv548 wst882 xaf950 xcd951 xcg532 xof952 xpf953 yer886 zar710 zmw967 zwg924'

function pairs(text: string, codeLength: number): ReadonlyMap<string, string> {
  return new Map(text.split(' ').map((pair) => [pair.slice(0, codeLength), pair.slice(codeLength)]))
}

/** By two-letter code in upper case. */
export const countryNumbers = pairs(countries, 2)
/** By three-letter code in lower case, as the rest of this code writes currencies. */
export const currencyNumbers = pairs(currencies, 3)
