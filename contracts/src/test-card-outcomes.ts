/** What the sandbox does with a card. Everything absent means: approve, checks pass, nothing follows. */
export interface TestCardBehaviour {
  /** ISO 8583 field 39, two characters; absent is "00". With `threeDSecure` it applies once authenticated. */
  responseCode?: string
  /** Mastercard merchant advice code, two digits. */
  adviceCode?: string
  /** Restricts `responseCode` to requests with or without a CVC; the others approve. */
  when?: 'cvc_sent' | 'cvc_absent'
  cvcResult?: 'M' | 'N' | 'P' | 'S' | 'U'
  avsResult?: 'Y' | 'A' | 'Z' | 'N' | 'U'
  /**
   * Without authentication the sandbox answers 1A. `required`: unless the card was authenticated before (a network
   * transaction id comes along). `required_for_customer`: unless the merchant initiates. `required_always`: no exception.
   */
  threeDSecure?: 'required' | 'required_always' | 'required_for_customer' | 'supported'
  refund?: 'pending_then_succeeds' | 'pending_then_fails' | 'fails'
  /** What the cardholder does once the payment is settled; the sandbox's README says how each ends. */
  dispute?: 'fraud' | 'not_received' | 'inquiry' | 'early_fraud_warning'
  risk?: 'blocked' | 'highest' | 'elevated'
  /** What goes wrong on the wire with the authorization's first answer. */
  fault?: SandboxFaultKind
}

/** Faults that the sandbox can be told to show. `before` and `after` speak of the moment when the ledger holds the entry. */
export const sandboxFaultKinds = [
  'delay_before',
  'delay_after',
  'reset_before',
  'reset_after',
  'http_500_after',
  'http_503_before',
  'garbage_after',
  'truncate_after',
  'duplicate_answer',
  'hang_before',
  'hang_after',
  'never_answer',
] as const
export type SandboxFaultKind = (typeof sandboxFaultKinds)[number]

/** Response codes with letters, which four digits cannot spell: the position plus one is the last two digits. */
const letterCodes = ['1A', 'N7', 'R0', 'R1', 'R3', '6P', 'Z5', '5C', '9G'] as const

const adviceCodes = [
  '01',
  '02',
  '03',
  '04',
  '21',
  '22',
  '24',
  '25',
  '26',
  '27',
  '28',
  '29',
  '30',
  '40',
  '41',
  '42',
  '43',
]

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/**
 * The last four digits of a number in an outcome family (`outcomeTestBins`), and what they ask for:
 *
 * | last four | outcome |
 * |---|---|
 * | `0000` | approved |
 * | `00NN` | response code NN; `0010` approves half of the amount |
 * | `0101`…`0109` | response code 1A, N7, R0, R1, R3, 6P, Z5, 5C, 9G |
 * | `02NN` | declined with 05 and merchant advice code NN |
 * | `1001`…`1012` | the fault at that place in `sandboxFaultKinds`, shown once per authorization |
 * | `2001`…`2004` | approved, CVC result N, P, S, U |
 * | `2101`…`2104` | approved, AVS result A, Z, N, U |
 * | `3001` `3002` `3003` | approved; refunds are pending then succeed, pending then fail, fail at once |
 * | `4001`…`4004` | approved; disputed once settled: fraud, not received, inquiry, early fraud warning |
 */
export const lastFourOutcomes: ReadonlyMap<string, TestCardBehaviour> = new Map<string, TestCardBehaviour>([
  ...Array.from({ length: 100 }, (_, code): [string, TestCardBehaviour] => [
    `00${twoDigits(code)}`,
    { responseCode: twoDigits(code) },
  ]),
  ...letterCodes.map((code, index): [string, TestCardBehaviour] => [
    `01${twoDigits(index + 1)}`,
    { responseCode: code },
  ]),
  ...adviceCodes.map((adviceCode): [string, TestCardBehaviour] => [
    `02${adviceCode}`,
    { responseCode: '05', adviceCode },
  ]),
  ...sandboxFaultKinds.map((fault, index): [string, TestCardBehaviour] => [`10${twoDigits(index + 1)}`, { fault }]),
  ...(['N', 'P', 'S', 'U'] as const).map((cvcResult, index): [string, TestCardBehaviour] => [
    `20${twoDigits(index + 1)}`,
    { cvcResult },
  ]),
  ...(['A', 'Z', 'N', 'U'] as const).map((avsResult, index): [string, TestCardBehaviour] => [
    `21${twoDigits(index + 1)}`,
    { avsResult },
  ]),
  ['3001', { refund: 'pending_then_succeeds' }],
  ['3002', { refund: 'pending_then_fails' }],
  ['3003', { refund: 'fails' }],
  ['4001', { dispute: 'fraud' }],
  ['4002', { dispute: 'not_received' }],
  ['4003', { dispute: 'inquiry' }],
  ['4004', { dispute: 'early_fraud_warning' }],
])

/** Cardholder names that choose an outcome for a card without a behaviour of its own. Compared in upper case. */
export const holderNameOutcomes: ReadonlyMap<string, TestCardBehaviour> = new Map<string, TestCardBehaviour>([
  ['APPROVED', {}],
  ['DECLINED', { responseCode: '05' }],
  ['REFERRAL', { responseCode: '01' }],
  ['ERROR', { responseCode: '96' }],
  ['BLOCK_CARD', { responseCode: '62' }],
  ['CARD_EXPIRED', { responseCode: '54' }],
  ['INVALID_AMOUNT', { responseCode: '13' }],
  ['NOT_ENOUGH_BALANCE', { responseCode: '51' }],
  ['UNKNOWN', { responseCode: '06' }],
])
