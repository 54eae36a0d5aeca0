import { proofPlace } from '@tessera/contracts/browser/built-parts'
import { loadPart } from '@tessera/contracts/browser/load-part'
import type { ProofPart } from '@tessera/contracts/browser/proof-part'
import {
  type CardFieldName,
  cardFieldNames,
  connectMessage,
  type FieldReport,
  type FromFrame,
  type ToFrame,
} from '@tessera/contracts/fields-protocol'
import { requestToken, type TokenOutcome } from '@tessera/contracts/token-request'
import { applyAppearance } from './appearance.ts'
import { cardForm } from './card-form.ts'
import { keepInShape } from './typing.ts'

/** Written by `vault/src/browser/field-texts.ts`. */
type Texts = Record<string, string>

const root = document.documentElement
const place = new URLSearchParams(location.search)
const form = cardForm(Date.now)
const own = cardFieldNames.filter((field) => document.getElementById(field) !== null)
const faultLine = document.getElementById('fault') as HTMLElement
const tokenTimeoutMs = 30_000

let texts: Texts = JSON.parse(root.dataset.texts ?? '{}')
let port: MessagePort | null = null
/** Faults are told of fields that were left, and of all once a token was asked for. */
const left = new Set<CardFieldName>()
let isAsked = false

const tell = (message: FromFrame): void => port?.postMessage(message)

function shownFault(field: CardFieldName) {
  const fault = form.fault(field)
  if (isAsked || fault === null) return fault
  const isFocused = document.activeElement?.id === field
  if (fault === 'required') return null
  return fault === 'incomplete' && (isFocused || !left.has(field)) ? null : fault
}

function refresh(): void {
  const fields: Partial<Record<CardFieldName, FieldReport>> = {}
  let message = ''
  for (const field of own) {
    const input = form.input(field) as HTMLInputElement
    const fault = shownFault(field)
    fields[field] = { empty: input.value === '', complete: form.fault(field) === null, fault }
    input.setAttribute('aria-invalid', String(fault !== null))
    input.toggleAttribute('aria-describedby', false)
    if (fault !== null) input.setAttribute('aria-describedby', 'fault')
    if (fault !== null && message === '') message = texts[`${field}_${fault}`] ?? texts[`${field}_invalid`] ?? ''
  }
  if (faultLine.textContent !== message) faultLine.textContent = message
  const brand = form.brand()
  const mark = document.getElementById('brand')
  if (mark !== null) mark.textContent = brand ?? ''
  tell({ tell: 'state', fields, brand })
}

for (const field of own) {
  const input = form.input(field) as HTMLInputElement
  keepInShape(field, input, () => form.value('number'))
  input.addEventListener('input', (event) => {
    refresh()
    const next = (event as InputEvent).inputType?.startsWith('delete') ? null : form.next(field)
    const isAtEnd = input.selectionStart === input.value.length
    if (document.activeElement === input && isAtEnd) next?.focus()
    // The length of a CVC depends on the number.
    if (field === 'number') form.input('cvc')?.dispatchEvent(new Event('recheck'))
  })
  input.addEventListener('recheck', refresh)
  input.addEventListener('focus', () => tell({ tell: 'focus', field }))
  input.addEventListener('blur', () => {
    if (input.value !== '') left.add(field)
    refresh()
    tell({ tell: 'blur', field })
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault()
      tell({ tell: 'submit' })
    }
    const before = cardFieldNames[cardFieldNames.indexOf(field) - 1]
    if (event.key === 'Backspace' && input.value === '' && before !== undefined) {
      event.preventDefault()
      form.input(before)?.focus()
    }
  })
}

async function makeToken(cardholderName: string | undefined): Promise<TokenOutcome> {
  isAsked = true
  for (const field of cardFieldNames) form.input(field)?.dispatchEvent(new Event('ask'))
  const faulty = cardFieldNames.find((field) => form.fault(field) !== null)
  if (faulty !== undefined) {
    form.input(faulty)?.focus()
    const param = { number: 'card.number', expiry: 'card.exp_month', cvc: 'card.cvc' }[faulty]
    const message = texts[`${faulty}_${form.fault(faulty)}`] ?? texts[`${faulty}_invalid`] ?? ''
    return { refusal: { code: 'validation_error', type: 'invalid_request_error', message, param, requestId: null } }
  }
  return requestToken(form.card(cardholderName), {
    vaultUrl: location.origin,
    publishableKey: place.get('key') ?? '',
    fetch: (...request) => fetch(...request),
    signal: AbortSignal.timeout(tokenTimeoutMs),
    solve: async (challenge) => (await loadPart<ProofPart>('', proofPlace())).solveChallenge(challenge),
  })
}

async function obey(order: ToFrame): Promise<void> {
  if (order.do === 'focus') form.input(order.field ?? own[0] ?? 'number')?.focus()
  if (order.do === 'clear') {
    isAsked = false
    left.clear()
    for (const field of own) (form.input(field) as HTMLInputElement).value = ''
    refresh()
  }
  if (order.do === 'update') {
    applyAppearance(root, order.appearance)
    for (const field of own)
      (form.input(field) as HTMLInputElement).disabled = order.disabled ?? form.input(field)?.disabled ?? false
    if (order.locale !== undefined) await speak(order.locale)
  }
  if (order.do === 'token') {
    tell({ tell: 'token', id: order.id, outcome: await makeToken(order.cardholderName) })
  }
}

async function speak(locale: string): Promise<void> {
  const answer = await fetch(`/v1/fields/texts?lang=${encodeURIComponent(locale)}`)
  texts = (await answer.json()) as Texts
  root.lang = texts.lang ?? ''
  root.dir = texts.dir ?? ''
  for (const field of own) {
    const label = document.querySelector(`label[for=${field}]`)
    if (label !== null) label.textContent = texts[field] ?? ''
  }
  const expiry = document.getElementById('expiry') as HTMLInputElement | null
  if (expiry !== null) expiry.placeholder = texts.expiry_example ?? ''
  refresh()
}

for (const field of own) {
  form.input(field)?.addEventListener('ask', () => {
    isAsked = true
    refresh()
  })
}

addEventListener('message', (event) => {
  // Only pages that `frame-ancestors` allows hold this frame. The first word counts; after it the port alone does.
  const given = event.ports[0]
  if (port !== null || given === undefined || event.source !== parent || event.data !== connectMessage) return
  port = given
  port.onmessage = ({ data }) => void obey(data)
  tell({ tell: 'ready', title: texts.title ?? '' })
  new ResizeObserver(() =>
    tell({ tell: 'height', px: Math.ceil(document.body.getBoundingClientRect().height) }),
  ).observe(document.body)
  refresh()
})
