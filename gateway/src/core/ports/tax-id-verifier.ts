import type { TaxIdCheck } from '../tax/tax-decision.ts'

/** Finds out about tax ids. Never throws for a register that is down: that is `unavailable`. */
export interface TaxIdVerifier {
  /**
   * `country` is the buyer's, ISO 3166-1 alpha-2; it stands in where the id has no prefix of its own. `upTo` is the check that
   * the decision needs (`requiredCheck`): with `format` nobody outside is asked, which test mode relies on. A register may
   * take seconds to answer: never ask within a transaction.
   */
  verify(taxId: string, country: string, upTo: 'format' | 'verified'): Promise<TaxIdCheck>
}
