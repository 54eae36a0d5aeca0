/** What a merchant has said about its own place in the world of taxes. */
export interface TaxSettings {
  /** ISO 3166-1 alpha-2. */
  homeCountry: string
  /**
   * Where the merchant collects tax besides its home (and, from a home in the EU, the whole EU): countries ("GB"), states
   * and provinces ("US-CA", "CA-QC"), "EU" for a merchant from outside who uses the one-stop shop, and "*" for every country
   * with a national rate. US states and Canadian provinces with a tax of their own are always named.
   */
  registrations: readonly string[]
  /** Which check of a tax id is enough for 0 %; null: `verified` in live mode, `format` in test mode. */
  reverseChargeRequires: 'verified' | 'format' | null
  /** Rounds each line alone instead of the whole order once. */
  roundPerLine: boolean
}
