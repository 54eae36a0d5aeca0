import { signInternalCall } from '@tessera/contracts/internal-signature'
import { relayMembers, relaySignatureHeader, serverPaymentPath } from '@tessera/contracts/relay-protocol'
import type { Choices } from '../loop/choices.ts'
import type { ApiAnswer, ApiRequest } from './balancer.ts'
import type { Card } from './card.ts'
import { relaySecret } from './gateway.ts'
import type { Points } from './points.ts'
import type { VaultBooks } from './vault-books.ts'

export interface ServerPaymentParts {
  name: string
  merchantId: string
  choices: Choices
  books: VaultBooks
  points: Points
  wallMs(): number
  pause(leastMs: number, mostMs: number): Promise<void>
  insist(request: ApiRequest): Promise<ApiAnswer | null>
  send(request: ApiRequest): Promise<ApiAnswer | null>
  authenticate(redirectUrl: string): Promise<void>
  nextName(what: string): string
}

/** One call at the card host, which passes it on; then perhaps a change and a confirmation. Returns the id as `v1` spells it. */
export async function payByServer(parts: ServerPaymentParts, card: Card): Promise<string | null> {
  const { choices, points, pause } = parts
  const autoConfirm = choices.chance(0.4)
  const order = {
    products: [{ name: 'Tea', price: choices.between(100, 50_000), quantity: choices.between(1, 3) }],
    currency: 'EUR',
    customerEmail: `${parts.name}@shop.test`,
    billingCountry: choices.pick(['FR', 'DE', 'US']),
    postalCode: '94105',
    purchasingAsBusiness: false,
    pricingMode: choices.pick(['TAX_INCLUSIVE', 'TAX_EXCLUSIVE']),
    autoConfirm,
    ...(choices.chance(0.2) ? { savePaymentMethod: true } : {}),
  }
  const key = parts.nextName('key')
  const told = await create(parts, { order, key, card })
  const id: string | undefined = told?.json?.id
  if (id === undefined) return null
  const transactionId = id.replace(/^pay_/, 'tx_')
  if (autoConfirm) {
    await followAction(parts, told)
    return transactionId
  }
  if (choices.chance(0.15)) {
    points.hit('server payment never confirmed')
    return null
  }
  const path = `${serverPaymentPath}/${id}`
  if (choices.chance(0.4)) {
    await pause(0, 4_000)
    const products = [{ name: 'Tea', price: choices.between(100, 50_000), quantity: 1 }]
    const changed = await parts.insist({ method: 'POST', path, body: { products }, key: parts.nextName('key') })
    if (changed !== null && changed.status < 300) points.hit('server payment changed before it was confirmed')
  }
  await pause(0, choices.chance(0.05) ? 4_000_000 : 8_000)
  const copies = choices.chance(0.3) ? 2 : 1
  const confirm = { method: 'POST', path: `${path}/confirm`, key: parts.nextName('key') } as const
  const confirmed = await Promise.all(Array.from({ length: copies }, () => parts.insist(confirm)))
  if (confirmed.some((answer) => answer !== null && answer.status < 300)) points.hit('server payment confirmed')
  await followAction(parts, confirmed[0] ?? null)
  return transactionId
}

/** Where the shopper is wanted, they come. */
async function followAction(parts: ServerPaymentParts, told: ApiAnswer | null): Promise<void> {
  const url = told?.json?.threeDsSessionUrl
  if (typeof url === 'string') await parts.authenticate(url)
}

/** As the vault does it: a token and its claim of its own for each sending, given back where no payment took it. */
async function create(
  parts: ServerPaymentParts,
  { order, key, card }: { order: Record<string, unknown>; key: string; card: Card },
): Promise<ApiAnswer | null> {
  const { books, merchantId, choices } = parts
  let answer: ApiAnswer | null = null
  for (let tries = 0; tries < 8; tries += 1) {
    const serial = parts.nextName('relayed').replaceAll('-', '')
    const [token, attemptId] = [`tok_${serial.padStart(26, '0')}`, `att_${serial.padStart(26, '0')}`]
    books.addToken(token, card)
    const claim = books.claim({
      merchantId,
      mode: 'test',
      attemptId,
      source: { kind: 'token', token },
      withFingerprint: true,
    })
    if (claim.outcome !== 'claimed') throw new Error(`a fresh token is ${claim.outcome}`)
    answer = await parts.send({
      method: 'POST',
      path: serverPaymentPath,
      key,
      body: {
        ...order,
        [relayMembers.cardToken]: token,
        [relayMembers.cardDigest]: card.fingerprintId,
        [relayMembers.cardClaim]: { attemptId, face: claim.card, holdExpiresAtMs: claim.holdExpiresAtMs },
      },
      headers: (body) => ({
        [relaySignatureHeader]: signInternalCall(relaySecret, {
          method: 'POST',
          path: serverPaymentPath,
          body: Buffer.from(body),
          timestampMs: parts.wallMs(),
          nonce: choices.random.bytes(16).toString('base64url'),
        }),
      }),
    })
    if (answer?.tokenVerdict != null) books.release({ merchantId, mode: 'test', attemptId, reason: 'unused' })
    const isKnown = answer !== null && answer.status < 500 && answer.status !== 409 && answer.status !== 401
    if (isKnown) return answer
    await parts.pause(100, 8_000)
  }
  return answer
}
