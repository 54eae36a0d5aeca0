import type { TaxIdCheck } from '../tax/tax-decision.ts'

/** Finds out about tax ids. Never throws for a register that is down: that is `unavailable`. */
export interface TaxIdVerifier {
  /** `country` is the buyer's, ISO 3166-1 alpha-2; it stands in where the id has no prefix of its own. */
  verify(taxId: string, country: string): Promise<TaxIdCheck>
}
