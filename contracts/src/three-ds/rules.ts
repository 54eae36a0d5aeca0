import type { DeviceChannel, MessageCategory } from './codes.ts'
import { compareVersions, type SpokenVersion } from './versions.ts'

/** Where an AReq travels: from the 3DS server to the directory server, or on to the issuer with what the directory added. */
export type Leg = 'to_directory' | 'to_issuer'

/** What a rule may look at besides the element itself. */
export interface Facts {
  readonly message: Readonly<Record<string, unknown>>
  readonly version: SpokenVersion
  /** Of the transaction; null where neither the message nor the caller says it. */
  readonly deviceChannel: DeviceChannel | null
  readonly messageCategory: MessageCategory | null
  readonly leg: Leg
  readonly isoCodes: 'checked' | 'unchecked'
}

export interface Complaint {
  kind: 'missing' | 'format' | 'iso_code'
  /** Like `acctInfo.chAccDate` or `cardRangeData[3].endRange`. */
  element: string
}

/** Complains about a value that does not fit. Never throws. */
export type Format = (value: unknown, element: string, facts: Facts) => Complaint[]

/** Whether the element has to be there. `holder` is the object it belongs in: the message, or a nested object. */
export type Condition = (facts: Facts, holder: Readonly<Record<string, unknown>>) => boolean

export interface Rule {
  format: Format
  isRequired: Condition
  /** Before this version the element is unknown, and what is unknown is not looked at. */
  since: SpokenVersion
}

/** A rule for each element that the type knows: one that is missing here does not compile. */
export type Table<Message> = { readonly [Element in keyof Message]-?: Rule }

export function required(format: Format): Rule {
  return { format, isRequired: () => true, since: '2.1.0' }
}

export function requiredWhen(isRequired: Condition, format: Format): Rule {
  return { format, isRequired, since: '2.1.0' }
}

export function optional(format: Format): Rule {
  return { format, isRequired: () => false, since: '2.1.0' }
}

export function since(version: SpokenVersion, rule: Rule): Rule {
  return { ...rule, since: version }
}

export function isKnownIn(rule: Rule, version: SpokenVersion): boolean {
  return compareVersions(rule.since, version) <= 0
}

export const app: Condition = ({ deviceChannel }) => deviceChannel === '01'
export const browser: Condition = ({ deviceChannel }) => deviceChannel === '02'
export const requestorAlone: Condition = ({ deviceChannel }) => deviceChannel === '03'
export const withCardholder: Condition = ({ deviceChannel }) => deviceChannel === '01' || deviceChannel === '02'
export const payment: Condition = ({ messageCategory }) => messageCategory === '01'
export const onWayToIssuer: Condition = ({ leg }) => leg === 'to_issuer'

/** The element of that name holds one of these values. */
export function holds(name: string, ...values: readonly unknown[]): Condition {
  return (_facts, holder) => values.includes(holder[name])
}

export function isPresent(name: string): Condition {
  return (_facts, holder) => holder[name] !== undefined
}

export function both(left: Condition, right: Condition): Condition {
  return (facts, holder) => left(facts, holder) && right(facts, holder)
}

export function either(left: Condition, right: Condition): Condition {
  return (facts, holder) => left(facts, holder) || right(facts, holder)
}

export function not(condition: Condition): Condition {
  return (facts, holder) => !condition(facts, holder)
}

/** What an object lacks, and what of it does not fit. Elements that the table does not know are not looked at. */
export function complaintsAbout<Message>(
  holder: Readonly<Record<string, unknown>>,
  table: Table<Message>,
  facts: Facts,
  prefix = '',
): Complaint[] {
  return Object.entries<Rule>(table).flatMap(([name, rule]) => {
    if (!isKnownIn(rule, facts.version)) return []
    const element = `${prefix}${name}`
    const value = holder[name]
    if (value !== undefined) return rule.format(value, element, facts)
    return rule.isRequired(facts, holder) ? [{ kind: 'missing', element }] : []
  })
}
