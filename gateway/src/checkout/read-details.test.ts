import { expect, it } from 'vitest'
import { detailsOf, readDetails } from './read-details.ts'

const read = (fields: Record<string, string>, asksEmail = true) =>
  readDetails(new URLSearchParams({ email: 'ada@example.com', country: 'fr', ...fields }), asksEmail)

it('takes what a shopper typed, without what stands around it', () => {
  const { values, faults } = read({ firstName: ' Ada ', postalCode: '75001' })
  expect(faults).toEqual({})
  expect(detailsOf(values)).toEqual({
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: null,
    country: 'FR',
    postalCode: '75001',
  })
})

it.each(['', 'ada', 'ada@example', 'a@b@example.com', 'ada <ada@example.com>', 'ada@example.com, eve@example.com'])(
  '%j is no address',
  (email) => {
    expect(read({ email }).faults).toEqual({ email: 'emailFault' })
    expect(read({ email }, false).faults).toEqual({})
  },
)

it('a line break never gets into an address or a name', () => {
  expect(read({ email: 'ada@example.com\r\nBcc: eve@example.com' }).faults).toEqual({ email: 'emailFault' })
  expect(read({ firstName: 'Ada\r\nBcc: eve' }).values.firstName).toBe('Ada  Bcc: eve')
})

it('everything that is wrong is told at once', () => {
  const long = 'x'.repeat(101)
  expect(read({ firstName: long, lastName: long, country: '', postalCode: '1'.repeat(17) }).faults).toEqual({
    firstName: 'nameTooLong',
    lastName: 'nameTooLong',
    country: 'countryFault',
    postalCode: 'postalCodeFault',
  })
})
