import type { BuyerDetails } from '../core/checkout/buyer.ts'
import type { Refusal } from '../core/refusals.ts'
import type { DetailsFaults, DetailsValues } from './pages/details-page.ts'

export const noDetails: DetailsValues = { email: '', firstName: '', lastName: '', country: '', postalCode: '' }

const emailShape = /^[^\s@<>"(),:;]{1,64}@[^\s@<>"(),:;]{1,250}\.[^\s@<>"(),:;.]{2,63}$/
const longestName = 100
const longestPostalCode = 16

/** What the shopper typed, as it will be shown again, and what is wrong with its form. */
export function readDetails(
  form: URLSearchParams,
  asksEmail: boolean,
): { values: DetailsValues; faults: DetailsFaults } {
  const textOf = (name: string): string => withoutControls(form.get(name) ?? '').trim()
  const values: DetailsValues = {
    email: textOf('email').slice(0, 254),
    firstName: textOf('firstName'),
    lastName: textOf('lastName'),
    country: textOf('country').slice(0, 2).toUpperCase(),
    postalCode: textOf('postalCode'),
  }
  const faults: DetailsFaults = {
    ...(asksEmail && !emailShape.test(values.email) ? { email: 'emailFault' } : {}),
    ...(values.firstName.length > longestName ? { firstName: 'nameTooLong' } : {}),
    ...(values.lastName.length > longestName ? { lastName: 'nameTooLong' } : {}),
    ...(/^[A-Z]{2}$/.test(values.country) ? {} : { country: 'countryFault' }),
    ...(values.postalCode.length > longestPostalCode ? { postalCode: 'postalCodeFault' } : {}),
  }
  return { values, faults }
}

/** Line breaks would travel into the head of a mail. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}

export function detailsOf({ email, firstName, lastName, country, postalCode }: DetailsValues): BuyerDetails {
  return {
    email,
    firstName: firstName || null,
    lastName: lastName || null,
    country,
    postalCode: postalCode || null,
  }
}

/** Which field the engine's no is about. Null: it is about the payment, whose page then tells. */
export function faultsOfRefusal({ refusal }: Refusal): DetailsFaults | null {
  switch (refusal) {
    case 'unknown_country':
      return { country: 'countryFault' }
    case 'postal_code_required':
    case 'postal_code_invalid':
      return { postalCode: 'postalCodeFault' }
    case 'amount_below_minimum':
    case 'amount_above_maximum':
      return { form: 'amountFault' }
    default:
      return null
  }
}
