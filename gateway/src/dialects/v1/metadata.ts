import { shownName } from '@tessera/lib/shown-name'
import { ExactNumber } from '@tessera/lib/strict-json'
import { Type } from 'typebox'
import type { Payment } from '../../core/payments/payment.ts'
import type { Faults } from '../../http/form.ts'
import { named, nullable } from './schema.ts'
import { checkText } from './text-checks.ts'

const keysMax = 50
const bytesMax = 8 * 1024

type Scalars = NonNullable<Payment['metadata']>

/** Checked by hand: the reader keeps a number under the key `amount` as text, which no schema can say. */
export const MetadataWire = named(
  'Metadata',
  Type.Optional(Type.Unsafe<unknown>({})),
  nullable<Scalars>({
    type: 'object',
    maxProperties: keysMax,
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    description: `At most ${keysMax} keys with scalar values, ${bytesMax} bytes of JSON in all.`,
    examples: [{ order: 'A-1042' }],
  }),
)

export function readMetadata(value: unknown, faults: Faults): Payment['metadata'] {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof ExactNumber) {
    faults.add('metadata', 'must be an object.')
    return null
  }
  const entries = Object.entries(value)
  if (entries.length > keysMax) faults.add('metadata', `must have at most ${keysMax} keys.`)
  const scalars: Scalars = {}
  for (const [key, member] of entries) {
    checkText('metadata', key, faults)
    const scalar = member instanceof ExactNumber ? Number(member.exactNumber) : member
    if (!isScalar(scalar)) faults.add(`metadata.${shownName(key)}`, 'must be a string, a number, a boolean or null.')
    else {
      checkText(`metadata.${shownName(key)}`, scalar, faults)
      define(scalars, key, scalar)
    }
  }
  if (Buffer.byteLength(JSON.stringify(scalars)) > bytesMax)
    faults.add('metadata', `must be at most ${bytesMax} bytes.`)
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
