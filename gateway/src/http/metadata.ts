import { shownName } from '@tessera/lib/shown-name'
import { ExactNumber } from '@tessera/lib/strict-json'
import type { Payment } from '../core/payments/payment.ts'
import type { Faults } from './form.ts'
import { checkText } from './text-checks.ts'
import { nullable } from './wire-schema.ts'

const keysMax = 50
const bytesMax = 8 * 1024

type Scalars = NonNullable<Payment['metadata']>

/** For the document. Checked by hand: the reader keeps a number under the key `amount` as text, which no schema can say. */
export const metadataShape = nullable<Scalars>({
  type: 'object',
  maxProperties: keysMax,
  additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
  description: `At most ${keysMax} keys with scalar values, ${bytesMax} bytes of JSON in all.`,
  examples: [{ order: 'A-1042' }],
})

export function readMetadata(param: string, value: unknown, faults: Faults): Payment['metadata'] {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof ExactNumber) {
    faults.add(param, 'must be an object.')
    return null
  }
  const entries = Object.entries(value)
  if (entries.length > keysMax) faults.add(param, `must have at most ${keysMax} keys.`)
  const scalars: Scalars = {}
  for (const [key, member] of entries) {
    checkText(param, key, faults)
    const scalar = member instanceof ExactNumber ? Number(member.exactNumber) : member
    if (!isScalar(scalar)) faults.add(`${param}.${shownName(key)}`, 'must be a string, a number, a boolean or null.')
    else {
      checkText(`${param}.${shownName(key)}`, scalar, faults)
      define(scalars, key, scalar)
    }
  }
  if (Buffer.byteLength(JSON.stringify(scalars)) > bytesMax) faults.add(param, `must be at most ${bytesMax} bytes.`)
  return scalars
}

function isScalar(value: unknown): value is Scalars[string] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  return typeof value === 'number' && Number.isFinite(value)
}

/** Assigning `__proto__` would set the prototype. */
function define(scalars: Scalars, key: string, value: Scalars[string]): void {
  if (key !== '__proto__') scalars[key] = value
  else Object.defineProperty(scalars, key, { value, writable: true, enumerable: true, configurable: true })
}
