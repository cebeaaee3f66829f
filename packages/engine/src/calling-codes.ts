/**
 * E.164 country calling codes and the ISO 3166 country each stands for (the first where several share one).
 * Source: ITU-T E.164 assignments; checked against libphonenumber in the tests. `ZZ` is CLDR's "unknown
 * region", here the codes that belong to no country (toll-free, satellite, networks).
 */
const codes =
  'US1 RU7 EG20 ZA27 GR30 NL31 BE32 FR33 ES34 HU36 IT39 RO40 CH41 AT43 GB44 DK45 SE46 NO47 PL48 DE49 PE51 ' +
  'MX52 CU53 AR54 BR55 CL56 CO57 VE58 MY60 AU61 ID62 PH63 NZ64 SG65 TH66 JP81 KR82 VN84 CN86 TR90 IN91 PK92 ' +
  'AF93 LK94 MM95 IR98 SS211 MA212 DZ213 TN216 LY218 GM220 SN221 MR222 ML223 GN224 CI225 BF226 NE227 TG228 ' +
  'BJ229 MU230 LR231 SL232 GH233 NG234 TD235 CF236 CM237 CV238 ST239 GQ240 GA241 CG242 CD243 AO244 GW245 ' +
  'IO246 AC247 SC248 SD249 RW250 ET251 SO252 DJ253 KE254 TZ255 UG256 BI257 MZ258 ZM260 MG261 RE262 ZW263 ' +
  'NA264 MW265 LS266 BW267 SZ268 KM269 SH290 ER291 AW297 FO298 GL299 GI350 PT351 LU352 IE353 IS354 AL355 ' +
  'MT356 CY357 FI358 BG359 LT370 LV371 EE372 MD373 AM374 BY375 AD376 MC377 SM378 UA380 RS381 ME382 XK383 ' +
  'HR385 SI386 BA387 MK389 CZ420 SK421 LI423 FK500 BZ501 GT502 SV503 HN504 NI505 CR506 PA507 PM508 HT509 ' +
  'GP590 BO591 GY592 EC593 GF594 PY595 MQ596 SR597 UY598 CW599 TL670 NF672 BN673 NR674 PG675 TO676 SB677 ' +
  'VU678 FJ679 PW680 WF681 CK682 NU683 WS685 KI686 NC687 TV688 PF689 TK690 FM691 MH692 ZZ800 ZZ808 KP850 ' +
  'HK852 MO853 KH855 LA856 ZZ870 ZZ878 BD880 ZZ881 ZZ882 ZZ883 TW886 ZZ888 MV960 LB961 JO962 SY963 IQ964 ' +
  'KW965 SA966 YE967 OM968 PS970 AE971 IL972 BH973 QA974 BT975 MN976 NP977 ZZ979 TJ992 TM993 AZ994 GE995 ' +
  'KG996 UZ998';

/** Area codes of the North American plan (calling code 1) outside the United States. */
const northAmericanAreas: Readonly<Record<string, string>> = {
  CA:
    '204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 ' +
    '514 519 548 579 581 584 587 600 604 613 622 633 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 ' +
    '873 879 902 905 942',
  BS: '242',
  BB: '246',
  AI: '264',
  AG: '268',
  VG: '284',
  VI: '340',
  KY: '345',
  BM: '441',
  GD: '473',
  TC: '649',
  JM: '658 876',
  MS: '664',
  MP: '670',
  GU: '671',
  AS: '684',
  SX: '721',
  LC: '758',
  DM: '767',
  VC: '784',
  PR: '787 939',
  DO: '809 829 849',
  TT: '868',
  KN: '869',
};

const countryByCode: ReadonlyMap<string, string> = new Map([
  ...codes.split(' ').map((entry) => [entry.slice(2), entry.slice(0, 2)] as const),
  ...Object.entries(northAmericanAreas).flatMap(([country, areas]) =>
    areas.split(' ').map((area) => [`1${area}`, country] as const),
  ),
  ['76', 'KZ'],
  ['77', 'KZ'],
]);

/** The countries that {@link countryOf} answers. */
export const callingCountries: ReadonlySet<string> = new Set(countryByCode.values());

/** The longest prefix in the table: a 1 and an area code. */
const prefixDigitsMax = 4;

/**
 * The ISO 3166 alpha-2 country that a phone number's digits begin with.
 * @returns null when no assigned calling code begins the number.
 */
export function countryOf(digits: string): string | null {
  for (let length = prefixDigitsMax; length > 0; length--) {
    const country = countryByCode.get(digits.slice(0, length));
    if (country !== undefined) return country;
  }
  return null;
}
