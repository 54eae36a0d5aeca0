import type { CardBrand, CardFace } from '@tessera/contracts/vault-protocol'

/** The columns that `tokens` and `cards` have in common: parameter list for `faceValues` when it starts at parameter `first`. */
export function faceTypes(first: number): string {
  const types = ['text', 'text', 'text', 'smallint', 'smallint', 'text']
  return types.map((type, index) => `$${first + index}::${type}[]`).join(', ')
}

export function faceValues(faces: readonly (CardFace | null)[]): unknown[][] {
  return [
    faces.map((face) => face?.bin ?? null),
    faces.map((face) => face?.last4 ?? null),
    faces.map((face) => face?.brand ?? null),
    faces.map((face) => face?.expMonth ?? null),
    faces.map((face) => face?.expYear ?? null),
    faces.map((face) => face?.cardholderName ?? null),
  ]
}

export interface FaceRow {
  bin: string
  last4: string
  brand: string
  exp_month: number
  exp_year: number
  cardholder_name: string | null
}

export function faceOf(row: FaceRow): CardFace {
  return {
    bin: row.bin,
    last4: row.last4,
    brand: row.brand as CardBrand,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    cardholderName: row.cardholder_name,
  }
}
