import { spawn } from 'node:child_process'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'

// A merchant's server. It knows Tessera by its public API alone, and never sees a card.
const startedAt = Date.now()
const file = process.env.SHOP_CREDENTIALS ?? '.tessera/credentials.json'
const credentials = () => JSON.parse(readFileSync(file, 'utf8'))
const answers = async () => (await fetch(`${credentials().gatewayUrl}/healthz`).catch(() => null))?.ok ?? false
if (!existsSync(file) || !(await answers())) {
  const product = spawn('sh', ['bin/tessera', 'start'], { stdio: ['ignore', 'ignore', 'inherit'] })
  product.on('exit', (code) => process.exit(code ?? 1))
  while (!existsSync(file) || statSync(file).mtimeMs < startedAt) await new Promise((wake) => setTimeout(wake, 200))
}
const { gatewayUrl, vaultUrl, publishableKey, secretKey } = credentials()
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8')
const events: unknown[] = []
const customer_id = 'demo-customer'

async function tessera<Answer = unknown>(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' }
  return (await fetch(gatewayUrl + path, { method, headers, body: JSON.stringify(body) })).json() as Promise<Answer>
}

/** Standard Webhooks: the signature covers id, time and the very bytes of the body. */
function isGenuine(headers: IncomingMessage['headers'], body: string): boolean {
  const key = Buffer.from(endpoint.secret.replace(/^whsec_/, ''), 'base64')
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const wanted = Buffer.from(createHmac('sha256', key).update(text).digest('base64'))
  const given = String(headers['webhook-signature'])
    .split(' ')
    .map((each) => Buffer.from(each.replace(/^v1,/, '')))
  return given.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted))
}

const order = { amount: '24.50', currency: 'EUR', product_name: 'Tea for two' }
const routes: Record<string, (body: string, req: IncomingMessage) => unknown> = {
  'GET /config': () => ({ vaultUrl, publishableKey }),
  'POST /pay': (body) => {
    const { token, save_card } = JSON.parse(body)
    return tessera('POST', '/v1/payments', { ...order, token, customer_id, save_card, return_url: `${origin}/` })
  },
  'POST /hosted': () => tessera('POST', '/v1/payments', { ...order, return_url: `${origin}/` }),
  'POST /saved': async () => {
    const { payment_methods } = await tessera<{ payment_methods?: { id: string }[] }>(
      'GET',
      `/v1/customers/${customer_id}/payment-methods`,
    )
    const card = payment_methods?.[0]
    if (!card) return { error: { message: 'No card is saved yet.' } }
    return tessera('POST', '/v1/payments', { ...order, customer_id, payment_method_id: card.id })
  },
  'POST /refund': (body) => tessera('POST', `/v1/payments/${JSON.parse(body).id}/refund`, {}),
  'GET /events': () => events.slice(-8),
  'POST /webhooks': (body, req) => (isGenuine(req.headers, body) ? events.push(JSON.parse(body)) : null),
}

const server = createServer(async (req, res) => {
  const path = (req.url ?? '').split('?')[0]
  if (path === '/')
    return res.setHeader('content-type', 'text/html; charset=utf-8').end(page.replace('VAULT', vaultUrl))
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const answer = await routes[`${req.method} ${path}`]?.(Buffer.concat(chunks).toString(), req)
  res.writeHead(answer === undefined || answer === null ? 404 : 200, { 'content-type': 'application/json' })
  res.end(JSON.stringify(answer ?? {}))
})
await new Promise<void>((ready) => server.listen(Number(process.env.SHOP_PORT ?? 3000), '127.0.0.1', ready))
const origin = `http://localhost:${(server.address() as { port: number }).port}`
const endpoint = await tessera<{ id: string; secret: string }>('POST', '/v1/webhook_endpoints', {
  url: `${origin}/webhooks`,
})
process.stdout.write(`The shop is open: ${origin}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await tessera('DELETE', `/v1/webhook_endpoints/${endpoint.id}`).catch(() => null)
    process.exit(0)
  })
}
