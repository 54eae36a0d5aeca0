import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { insideHosts, insideHostsOfTestMode, trickUrls } from '../bad-input/testing/inside-urls.ts'
import { answerOf } from '../harness/api.ts'
import { Draw } from './draw.ts'
import type { Parties } from './parties.ts'

export interface UrlsTried {
  tried: number
  /** How often somebody listening inside was called. */
  called: number
  faults: string[]
}

const schemes = [
  'https://',
  'HTTPS://',
  'https:\\\\',
  'https:/',
  'https:',
  'http://',
  'ftp://',
  'ws://',
  '//',
  ' https://',
  'https://\t',
]
const users = ['', '', '', 'shop.example@', 'a:b@', 'shop.example%40', 'shop.example:443@', '%00@']
const ends = ['', '/', '/webhooks', '?x=1', '#shop.example', '/%2e%2e/', '/;x', '\\@shop.example/', '/'.repeat(40)]

/**
 * Addresses inside, in generated spellings, as webhooks of both dialects under a live and a test key: none may be taken, and
 * a listener of our own on this machine must never be called. A test key may name the developer's own machine.
 */
export async function hostileUrls(parties: Parties, seed: number, count: number): Promise<UrlsTried> {
  let called = 0
  const canary = createServer((socket) => {
    called += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => canary.listen(0, resolve))
  const port = (canary.address() as AddressInfo).port
  const faults: string[] = []
  try {
    for (let index = 0; index < count; index += 1) {
      const draw = new Draw(seed ^ 0x0b5e55ed, index)
      const isLive = draw.chance(0.5)
      const url = urlFor(draw, port, isLive)
      const key = isLive ? parties.live.secretKey : parties.mine.secretKey
      const { status, text } = await offer(parties, url, key, draw)
      if (status !== 400)
        faults.push(
          `webhook address ${JSON.stringify(url)} (${isLive ? 'live' : 'test'}): ${status} ${text.slice(0, 200)}`,
        )
    }
  } finally {
    await new Promise<void>((resolve) => canary.close(() => resolve()))
  }
  if (called > 0) faults.push(`a listener inside was called ${called} times`)
  return { tried: count, called, faults }
}

function urlFor(draw: Draw, port: number, isLive: boolean): string {
  if (isLive && draw.chance(0.2)) return draw.pick(trickUrls).replaceAll('INSIDE', `127.0.0.1:${port}`)
  const host = draw.pick(isLive ? insideHosts : insideHostsOfTestMode)
  return draw.pick(schemes) + draw.pick(users) + host + draw.pick(['', ':443', `:${port}`]) + draw.pick(ends)
}

async function offer({ product, owned }: Parties, url: string, key: string, draw: Draw) {
  const { gatewayUrl } = product.credentials
  const endpoint = draw.pick(owned.of('whe'))
  const [method, path, header] = draw.pick([
    ['POST', '/v1/webhook_endpoints', { authorization: `Bearer ${key}` }],
    ['POST', '/api/webhook', { 'x-inflow-api-key': key }],
    // Of a live key there is no such endpoint, but what the body says is looked at first or the id: both refuse.
    ['PATCH', `/v1/webhook_endpoints/${endpoint}`, { authorization: `Bearer ${key}` }],
  ] as const)
  const answer = await answerOf(
    await fetch(gatewayUrl + path, {
      method,
      headers: { ...header, 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
    }),
  )
  return answer.status === 404 && method === 'PATCH' ? { ...answer, status: 400 } : answer
}
