import { Faults } from '../../http/form.ts'
import { checkText } from '../../http/text-checks.ts'

/** A query string as Node's parser leaves it: a name that stands twice is an array. */
export type Query = Readonly<Record<string, string | string[] | undefined>>

const limitDefault = 20
export const limitMax = 100

/** Reads a query string field by field; all faults are told at once. */
export class QueryReader {
  readonly faults = new Faults()
  readonly #query: Query

  constructor(query: unknown) {
    this.#query = query as Query
  }

  text(name: string, maxLength = 255): string | null {
    const value = this.#query[name]
    if (value === undefined) return null
    if (typeof value !== 'string') {
      this.faults.add(name, 'must be given once.')
      return null
    }
    if (value.length > maxLength) this.faults.add(name, `must be at most ${maxLength} characters.`)
    checkText(name, value, this.faults)
    return value
  }

  limit(): number {
    const text = this.text('limit')
    if (text === null) return limitDefault
    const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
    if (limit < 1 || limit > limitMax) this.faults.add('limit', `must be a whole number from 1 to ${limitMax}.`)
    return limit
  }

  choice<const T extends string>(name: string, values: readonly T[]): T | null {
    const text = this.text(name)
    if (text === null) return null
    const value = values.find((each) => each === text)
    if (value === undefined) this.faults.add(name, `must be one of ${values.join(', ')}.`)
    return value ?? null
  }

  /** Epoch milliseconds of an ISO 8601 time; a date alone is its beginning in UTC. */
  time(name: string): number | null {
    const text = this.text(name)
    if (text === null) return null
    const ms = isoShape.test(text) ? Date.parse(text) : Number.NaN
    if (Number.isNaN(ms)) this.faults.add(name, 'must be an ISO 8601 time, such as 2026-01-31T12:00:00Z.')
    return ms
  }
}

/** An offset is asked for: a time without one means something else in every place. */
const isoShape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/
