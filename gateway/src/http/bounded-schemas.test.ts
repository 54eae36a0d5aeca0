import { expect, it } from 'vitest'
import { withBounds } from './bounded-schemas.ts'

it('a schema without bounds gets those that hold everywhere, at any depth', () => {
  const schema = { type: 'object', properties: { list: { type: ['array', 'null'], items: { type: 'string' } } } }
  expect(withBounds(schema)).toEqual({
    type: 'object',
    properties: { list: { type: ['array', 'null'], items: { type: 'string', maxLength: 65_536 }, maxItems: 65_536 } },
  })
})

it('a bound of its own stays', () => {
  const own = { type: 'integer', format: 'int32', minimum: 1, maximum: 12 }
  expect(withBounds(own)).toEqual(own)
  expect(withBounds({ type: 'integer', minimum: 1 })).toMatchObject({ minimum: 1, maximum: 9_007_199_254_740_991 })
  expect(withBounds({ type: 'string', maxLength: 3 })).toEqual({ type: 'string', maxLength: 3 })
})

it('what is bounded by its values, and what is no schema, stays as it is', () => {
  const named = { type: 'string', enum: ['a'] }
  expect(withBounds(named)).toEqual(named)
  expect(withBounds({ const: 'a', type: 'string' })).toEqual({ const: 'a', type: 'string' })
  expect(withBounds({ examples: [{ type: 'string' }] })).toEqual({ examples: [{ type: 'string' }] })
  expect(withBounds({ properties: { type: { enum: ['card'] } } })).toEqual({ properties: { type: { enum: ['card'] } } })
})
