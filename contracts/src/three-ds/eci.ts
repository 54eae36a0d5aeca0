import type { CardBrand } from '../vault-protocol.ts'

/** How well a payment was authenticated, in a scheme's two digits (electronic commerce indicator). */
interface EciTable {
  authenticated: string
  attempted: string
  none: string
  /** Values under which fraud is the issuer's loss. */
  shifting: readonly string[]
}

const asVisa: EciTable = { authenticated: '05', attempted: '06', none: '07', shifting: ['05', '06'] }

/** `07` is a recurring payment whose first was authenticated; `04` data-only and `06` exempt do not shift. */
const asMastercard: EciTable = { authenticated: '02', attempted: '01', none: '00', shifting: ['01', '02', '07'] }

const mastercardBrands: ReadonlySet<CardBrand> = new Set(['mastercard', 'maestro', 'mir'])

/** The scheme's own table: Mastercard's, or the one that all others took from Visa. */
export function eciTableOf(brand: CardBrand): EciTable {
  return mastercardBrands.has(brand) ? asMastercard : asVisa
}

/** An approved exemption shifts nothing, whatever its ECI; that is for the caller to know. */
export function shiftsLiability(brand: CardBrand, eci: string | null): boolean {
  return eci !== null && eciTableOf(brand).shifting.includes(eci)
}
