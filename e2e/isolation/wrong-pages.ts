import { formsOf } from '../harness/page-walker.ts'
import { type Callers, fieldsOf } from './callers.ts'
import type { MarkedCard, Marks } from './marks.ts'
import type { PageShopper } from './seen-pages.ts'
import { textPrefix } from './wrong-bodies.ts'

/** Where no card belongs, though cards are close: addresses on the gateway. */
export interface PagePlaces {
  /** Of a payment that waits for its card. */
  page: string
  link: string
  /** Where the SDK brings a token to. */
  completion: string
}

type Brought = [name: string, path: (places: PagePlaces) => string, body: (card: MarkedCard) => string]

const cardForm = ({ number, cvc }: MarkedCard): string => `number=${number}&expiry=12%2F34&cvc=${cvc}`
const group = (digits: string, mark: string): string => digits.replace(/(.{4})(?=.)/g, `$1${mark}`)
const boundary = 'x-marked'
const parts = ({ number, cvc }: MarkedCard): string =>
  Object.entries({ number, cvc })
    .map(([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
    .concat(`--${boundary}--\r\n`)

/** The form of the card, led astray. */
const cardForms: Brought[] = [
  ['to the page itself', ({ page }) => page, cardForm],
  ['to where tokens go', ({ page }) => `${page}/token`, cardForm],
  ['to where details go', ({ page }) => `${page}/details`, cardForm],
  ['to where answers of the card host go', ({ page }) => `${page}/card/x`, cardForm],
  ['to a payment link', ({ link }) => link, cardForm],
  ['to a page that nobody has', ({ page }) => new URL('/pay/unknown', page).href, cardForm],
  ['to a page of an unknown payment', ({ page }) => page.replace(/.{26}$/, '0'.repeat(26)), cardForm],
  ['grouped', ({ page }) => `${page}/token`, (card) => cardForm({ ...card, number: group(card.number, '+') })],
  ['as the token', ({ page }) => `${page}/token`, ({ number }) => `token=${number}`],
]

/** What a shopper could type into the questions before the card; programs write forms in more ways than browsers do. */
const details: [name: string, field: string, text: (card: MarkedCard) => string][] = [
  ['as the last name', 'lastName', ({ number }) => number],
  ['as the first name, grouped', 'firstName', ({ number }) => group(number, '+')],
  ['as the last name, grouped by encoded spaces', 'lastName', ({ number }) => group(number, '%20')],
  ['as the last name, grouped by dots', 'lastName', ({ number }) => group(number, '.')],
  [
    'as the last name, each digit encoded',
    'lastName',
    ({ number }) => [...number].map((digit) => `%3${digit}`).join(''),
  ],
  ['in the e-mail address', 'email', ({ number }) => `${number}%40example.com`],
  ['as the postal code', 'postalCode', ({ number }) => number],
  ['as the country', 'country', ({ number }) => number],
]

/** In addresses and keys: text, which cannot be wiped, and must go no further. */
const addresses: [name: string, url: (places: PagePlaces, card: MarkedCard) => string][] = [
  ['as a payment', ({ page }, { number }) => new URL(`/pay/${number}`, page).href],
  ['as a payment link', ({ page }, { number }) => new URL(`/link/${number}`, page).href],
  ['as what was wrong', ({ page }, { number }) => `${page}/again/${number}`],
  ['as an answer of the card host', ({ page }, { number }) => `${page}/card/${number}`],
  ['as a part of the page', ({ page }, { number }) => `${page}/${number}`],
  ['in the query of the page', ({ page }, { number, cvc }) => `${page}?number=${number}&cvc=${cvc}`],
  ['in the query of a link', ({ link }, { number, cvc }) => `${link}?number=${number}&cvc=${cvc}`],
]

/** Cards on the checkout's own pages, by mistake, and by programs that are none of ours. */
export async function bringToPages(
  marks: Marks,
  callers: Callers,
  shopper: PageShopper,
  places: PagePlaces,
): Promise<void> {
  for (const [name, path, body] of cardForms) {
    const card = marks.card(`checkout page: ${name}`)
    expectRefused(card, await shopper.post(path(places), body(card)))
  }
  const inParts = marks.card('checkout page: in parts')
  const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  expectRefused(inParts, await shopper.post(`${places.page}/token`, parts(inParts), multipart))

  await bringDetails(marks, shopper, places.link)
  await bringToCompletion(marks, callers, places.completion)
  for (const [name, url] of addresses) await shopper.open(url(places, marks.card(`${textPrefix} checkout ${name}`)))
}

/** Everything else of the form is right: what refuses it is the number alone. */
async function bringDetails(marks: Marks, shopper: PageShopper, link: string): Promise<void> {
  const good = { email: 'ada%40example.com', firstName: 'Ada', lastName: 'Lovelace', country: 'FR', postalCode: '' }
  for (const [name, field, text] of details) {
    const card = marks.card(`checkout details: ${name}`)
    const form = formsOf(await shopper.open(link)).find(({ fields }) => 'form_token' in fields)
    const fields = { form_token: form?.fields.form_token, ...good, [field]: text(card) }
    const body = Object.entries(fields).map((pair) => pair.join('='))
    expectRefused(card, await shopper.post(link, body.join('&')))
  }
}

async function bringToCompletion(marks: Marks, callers: Callers, path: string): Promise<void> {
  const headers = { 'x-inflow-public-key': callers.credentials.inflowPublicKey }
  const asCard = marks.card('SDK’s completion: as an object')
  expectRefused(asCard, await callers.toGateway({ path, headers, body: { card: fieldsOf(asCard) } }))
  const asForm = marks.card('SDK’s completion: as a form')
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  expectRefused(asForm, await callers.toGateway({ path, headers: { ...headers, ...type }, body: cardForm(asForm) }))
  const asToken = marks.card(`${textPrefix} SDK’s completion, as the token`)
  expectRefused(asToken, await callers.toGateway({ path, headers, body: { token: asToken.number } }))
  const asKey = marks.card(`${textPrefix} SDK’s completion, as the key`)
  const key = { 'x-inflow-public-key': asKey.number }
  expectRefused(asKey, await callers.toGateway({ path, headers: key, body: { token: 'none' } }))
}

function expectRefused({ path }: MarkedCard, { status }: { status: number }): void {
  if (status < 400) throw new Error(`${path}: was taken (${status})`)
}
