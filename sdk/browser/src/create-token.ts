import { brandOfText, cvcFault, digitsIn, expiryFault, numberFault } from '@tessera/contracts/card-check'
import { requestToken } from '@tessera/contracts/token-request'
import { proofPart } from './later-parts.ts'
import type { CardChecks, CardInput, CreatedToken, FieldFault } from './public-api.ts'
import { createdToken, tesseraError } from './tessera-error.ts'

export const cardChecks: CardChecks = {
  brand: brandOfText,
  number: numberFault,
  expiry: (month, year) => expiryFault(month, year, Date.now()),
  cvc: (cvc, number = '') => cvcFault(cvc, brandOfText(number)),
}

const timeoutMs = 30_000

const words: Record<FieldFault, string> = {
  required: 'is required',
  incomplete: 'is incomplete',
  invalid: 'is not valid',
  expired: 'is in the past: the card has expired',
}

/** Rejects with `TesseraError`; a card that cannot be right is not sent. */
export async function createToken(
  card: CardInput,
  host: { vaultUrl: string; publishableKey: string },
): Promise<CreatedToken> {
  const { number, exp_month, exp_year, cvc = '', cardholder_name } = card
  const refuse = (param: string, fault: FieldFault | null): void => {
    if (fault === null) return
    throw tesseraError({ code: 'validation_error', param, message: `${param} ${words[fault]}.` })
  }
  refuse('card.number', cardChecks.number(`${number ?? ''}`))
  const expiry = cardChecks.expiry(exp_month ?? '', exp_year ?? '')
  // Whether the year could be right with another month.
  const isMonthAtFault = cardChecks.expiry(12, exp_year ?? '') === null
  refuse(isMonthAtFault ? 'card.exp_month' : 'card.exp_year', expiry)
  refuse('card.cvc', cardChecks.cvc(`${cvc}`, number))
  const outcome = await requestToken(
    {
      number: digitsIn(number),
      exp_month: Number(exp_month),
      exp_year: Number(exp_year),
      ...(cvc === '' ? {} : { cvc }),
      ...(cardholder_name === undefined ? {} : { cardholder_name }),
    },
    {
      ...host,
      fetch: (...request) => fetch(...request),
      signal: AbortSignal.timeout(timeoutMs),
      solve: async (challenge) => (await proofPart(host.vaultUrl)).solveChallenge(challenge),
    },
  )
  return createdToken(outcome)
}
