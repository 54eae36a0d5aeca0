import { type TObject, Type } from 'typebox'
import { Faults } from '../../http/form.ts'

/** A query string as Node's parser leaves it: a name that stands twice is an array. */
export type Query = Readonly<Record<string, string | string[] | undefined>>

const limitDefault = 20
const limitMax = 100
/** Far beyond any list, and small enough that no offset leaves the safe integers. */
const pageMax = 1_000_000

export const pageQuery: TObject = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: pageMax, default: 1 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
})

/** Which page of a list is asked for. Ends the request when that cannot be read. */
export function readPage(given: unknown): { page: number; limit: number } {
  const query = given as Query
  const faults = new Faults()
  const page = wholeNumber(query, 'page', pageMax, faults) ?? 1
  const limit = wholeNumber(query, 'limit', limitMax, faults) ?? limitDefault
  faults.refuse()
  return { page, limit }
}

function wholeNumber(query: Query, name: string, maximum: number, faults: Faults): number | undefined {
  const text = query[name]
  if (text === undefined) return undefined
  if (typeof text !== 'string' || !/^-?\d{1,15}$/.test(text)) faults.add(name, 'must be an integer number')
  else if (Number(text) < 1) faults.add(name, 'must not be less than 1')
  else if (Number(text) > maximum) faults.add(name, `must not be greater than ${maximum}`)
  return Number(text)
}
