import { countryNumbers, currencyNumbers } from './iso-numbers.ts'
import { type Complaint, complaintsAbout, type Facts, type Format, type Table } from './rules.ts'
import { compareVersions, type SpokenVersion } from './versions.ts'

function unless(isFine: boolean, element: string, kind: Complaint['kind'] = 'format'): Complaint[] {
  return isFine ? [] : [{ kind, element }]
}

function like(shape: RegExp): Format {
  return (value, element) => unless(typeof value === 'string' && shape.test(value), element)
}

/** Lengths are counted in characters. */
export function text(min: number, max: number): Format {
  return (value, element) => {
    const length = typeof value === 'string' ? [...value].length : -1
    return unless(length >= min && length <= max, element)
  }
}

/** Printable ASCII: names before 2.3.1 hold nothing else. */
export function ascii(min: number, max: number): Format {
  return like(new RegExp(`^[\\x20-\\x7e]{${min},${max}}$`))
}

export function digits(min: number, max = min): Format {
  return like(new RegExp(`^\\d{${min},${max}}$`))
}

export function numberBetween(length: number, min: number, max: number): Format {
  return (value, element) => {
    const isDigits = typeof value === 'string' && value.length === length && /^\d+$/.test(value)
    return unless(isDigits && Number(value) >= min && Number(value) <= max, element)
  }
}

/** Each one a value, or a range of two-digit values like `80..99`: those belong to the schemes. */
export function codes(...values: readonly string[]): Format {
  const all = new Set(values.flatMap(spelledOut))
  return (value, element) => unless(typeof value === 'string' && all.has(value), element)
}

function spelledOut(value: string): string[] {
  const [from, to] = value.split('..')
  if (from === undefined || to === undefined) return [value]
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) =>
    String(Number(from) + index).padStart(from.length, '0'),
  )
}

/** `older` before `version`, `newer` from then on. */
export function from(version: SpokenVersion, newer: Format, older: Format): Format {
  return (value, element, facts) => (compareVersions(facts.version, version) < 0 ? older : newer)(value, element, facts)
}

export const flag: Format = (value, element) => unless(typeof value === 'boolean', element)
export const trueAlone: Format = (value, element) => unless(value === true, element)
export const uuid = like(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/)
export const versionNumber = like(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/)
/** Twenty bytes before 2.3.1. */
export const authenticationValue = like(/^[A-Za-z0-9+/]{27}=$/)
export const emailAddress = like(/^(?=.{3,254}$)[^\s@]+@[^\s@]+$/)
export const ipAddress = like(/^(?=.{2,45}$)(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/)
/** Minutes behind UTC, as JavaScript's getTimezoneOffset gives them. */
export const timeZoneOffset = like(/^[+-]?\d{1,4}$/)

export function url(max: number): Format {
  return (value, element) => {
    const isShort = typeof value === 'string' && value.length <= max
    const scheme = isShort && URL.canParse(value) ? new URL(value).protocol : ''
    return unless(scheme === 'https:' || scheme === 'http:', element)
  }
}

/** Digits that name a moment: `YYYYMMDD`, and hours, minutes and seconds as far as `length` reaches. */
export function moment(length: 8 | 12 | 14): Format {
  return (value, element) => {
    if (typeof value !== 'string' || value.length !== length || !/^\d+$/.test(value)) return unless(false, element)
    const [month, day, hour, minute, second] = [4, 6, 8, 10, 12].map((at) => Number(value.slice(at, at + 2)))
    const date = new Date(Date.UTC(Number(value.slice(0, 4)), Number(month) - 1, Number(day)))
    const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
    return unless(isDate && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60, element)
  }
}

/** Year and month of an expiry, in this order. */
export const yearAndMonth = like(/^\d\d(0[1-9]|1[0-2])$/)

function isoNumber(known: ReadonlySet<string>): Format {
  return (value, element, facts) => {
    if (typeof value !== 'string' || !/^\d{3}$/.test(value)) return unless(false, element)
    return unless(facts.isoCodes === 'unchecked' || known.has(value), element, 'iso_code')
  }
}

export const country = isoNumber(new Set(countryNumbers.values()))
export const currency = isoNumber(new Set(currencyNumbers.values()))

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const anyObject: Format = (value, element) => unless(isObject(value), element)

export function object<Shape>(table: Table<Shape>): Format {
  return (value, element, facts) =>
    isObject(value) ? complaintsAbout(value, table, facts, `${element}.`) : unless(false, element)
}

export function list(min: number, max: number, each: Format): Format {
  return (value, element, facts: Facts) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return unless(false, element)
    return value.flatMap((item, index) => each(item, `${element}[${index}]`, facts))
  }
}
