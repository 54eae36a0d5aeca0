/** What a merchant's page sees of the SDK. Nothing here changes without a new major version of the script's address. */

export interface TesseraOptions {
  /** Origin of the vault (the card host). Default: the host that served the script. */
  vaultUrl?: string
  /** Origin of the gateway, for `completePayment`. Default: the one that the vault names in `/v1/sdk.json`. */
  gatewayUrl?: string
  /** Language of the fields and dialogs, BCP 47. Default: the page's `lang`, else the browser's first language. */
  locale?: string
}

/** Spelled as `POST /v1/tokens` spells it. */
export interface CardInput {
  /** Digits; spaces and dashes may group them. */
  number: string
  exp_month: number | string
  /** Four digits. */
  exp_year: number | string
  cvc?: string
  cardholder_name?: string
}

export type CardBrand =
  | 'visa'
  | 'mastercard'
  | 'amex'
  | 'discover'
  | 'diners'
  | 'jcb'
  | 'unionpay'
  | 'maestro'
  | 'mir'
  | 'rupay'
  | 'troy'
  | 'verve'
  | 'uatp'
  | 'dankort'
  | 'bancontact'

/** What a page may know of a card. */
export interface CardFace {
  bin: string
  last4: string
  brand: CardBrand
  exp_month: number
  exp_year: number
}

export interface CreatedToken {
  /** `tok_…`, valid for 30 minutes and one payment. */
  token: string
  card: CardFace
}

export type CardParam = 'card.number' | 'card.exp_month' | 'card.exp_year' | 'card.cvc' | 'card.cardholder_name'

/** Why something was refused: by the SDK before it asked, or by the server. */
export interface TesseraError extends Error {
  name: 'TesseraError'
  /** As the API spells it (`validation_error`, `rate_limited`, …), or `network_error`, `frame_unavailable`. */
  code: string
  type: string
  /** The first field at fault. */
  param: string | null
  requestId: string | null
}

/** Each says in one word what is wrong, or null when nothing is. */
export type FieldFault = 'required' | 'incomplete' | 'invalid' | 'expired'

export interface CardChecks {
  /** Null while the brand cannot be told yet. */
  brand(number: string): CardBrand | null
  number(number: string): FieldFault | null
  expiry(month: number | string, year: number | string): FieldFault | null
  /** Without a number, three or four digits are right. */
  cvc(cvc: string, number?: string): FieldFault | null
}

export type FieldName = 'number' | 'expiry' | 'cvc'

/**
 * How fields look. Lengths, colours, weights and fonts by name: anything else (addresses, functions that load, several
 * declarations) is left out.
 */
export interface Appearance {
  /** Follows the shopper's system with `auto`, the default. */
  theme?: 'light' | 'dark' | 'auto'
  variables?: Partial<Record<AppearanceVariable, string>>
}

export type AppearanceVariable =
  | 'colorText'
  | 'colorPlaceholder'
  | 'colorBackground'
  | 'colorBorder'
  | 'colorFocus'
  | 'colorDanger'
  | 'fontFamily'
  | 'fontSize'
  | 'fontWeight'
  | 'letterSpacing'
  | 'borderRadius'
  | 'borderWidth'
  | 'paddingBlock'
  | 'paddingInline'
  | 'gap'

export interface FieldsOptions {
  /** `card`: one frame with all fields, best for autofill. `split`: a frame for each, to be placed by the page. */
  layout?: 'card' | 'split'
  appearance?: Appearance
  locale?: string
  /** Whether labels are shown above the fields; screen readers hear them either way. Default true. */
  labels?: boolean
}

/** Elements, or selectors of them. */
export type MountPlace = Element | string
export type SplitPlaces = Readonly<Record<FieldName, MountPlace>>

export interface FieldsState {
  /** Everything is filled in and right: a token can be made. */
  complete: boolean
  empty: boolean
  brand: CardBrand | null
  /** Only of fields that were left, or were asked for a token. */
  faults: Partial<Record<FieldName, FieldFault>>
}

export interface FieldsEvents {
  ready: undefined
  change: FieldsState
  focus: { field: FieldName }
  blur: { field: FieldName }
  /** Enter was pressed in a field. */
  submit: undefined
  /** The frame could not be shown, usually because the page's origin is not registered for the merchant. */
  error: TesseraError
}

export interface Fields {
  /** `card` takes one place, `split` one for each field. Refused (thrown) when already mounted. */
  mount(place: MountPlace | SplitPlaces): Fields
  /** Removes the frames; what was typed is gone. */
  unmount(): void
  /** Returns how to stop listening. */
  on<Name extends keyof FieldsEvents>(name: Name, listener: (event: FieldsEvents[Name]) => void): () => void
  focus(field?: FieldName): void
  clear(): void
  /** What is not named stays. */
  update(change: { appearance?: Appearance; locale?: string; disabled?: boolean }): void
  /** Made inside the frame: the page gets the token, never the number. Shows the faults of all fields when there are any. */
  createToken(more?: { cardholder_name?: string }): Promise<CreatedToken>
}

/** What the merchant's server got for its payment, or the part of it that concerns the shopper. */
export interface PaymentWithAction {
  status?: string
  redirect_url?: string | null
}

export interface ActionResult {
  /** `canceled`: the shopper closed the dialog; the payment may still end otherwise. Ask the server in any case. */
  status: 'succeeded' | 'failed' | 'canceled'
  /** As on the return URL, for the server to check; null when there is none. */
  paymentId: string | null
  timestamp: string | null
  signature: string | null
}

export interface CompletedPayment {
  /** `processing`: not known yet; the webhook tells. */
  status: 'succeeded' | 'failed' | 'canceled' | 'processing'
}

export interface Tessera {
  /** Checks the card first, then has the vault make a token of it. Rejects with `TesseraError`. */
  createToken(card: CardInput): Promise<CreatedToken>
  readonly check: CardChecks
  fields(options?: FieldsOptions): Fields
  /**
   * Has the shopper do what the payment waits for (3-D Secure). `redirect` (default) leaves the page and resolves never;
   * `dialog` shows it above the page. A payment that waits for nothing resolves at once.
   */
  handleAction(payment: PaymentWithAction | string, options?: { mode?: 'redirect' | 'dialog' }): Promise<ActionResult>
  /**
   * Pays an inflow payment that was created without a card: makes a token of what the fields hold, hands it to the
   * gateway, and shows 3-D Secure in a dialog where it is asked for. Needs the inflow public key.
   */
  completePayment(
    paymentId: string,
    card: Fields | CardInput,
    more?: { cardholder_name?: string },
  ): Promise<CompletedPayment>
}

export type TesseraFactory = (publishableKey: string, options?: TesseraOptions) => Tessera

/** Of `loadTessera(vaultUrl, …)` in the npm package. Both members as the vault tells them at `/v1/sdk.json`. */
export interface LoadOptions {
  /** A release's own address, to pin it; by default the newest one's. */
  path?: string
  integrity?: string
}
