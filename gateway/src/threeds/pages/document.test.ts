import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { SessionStep } from '../../core/authentication/authentications.ts'
import { aCreq, anIssuer, aView, methodData } from '../testing/scripted-authentications.ts'
import { sessionPage } from './session-page.ts'
import { catalogues, localeFor } from './texts.ts'

const steps: [string, SessionStep][] = [
  ['method', { step: 'method', url: `${anIssuer}/method`, data: methodData, timeoutMs: 10_000 }],
  ['collect', { step: 'collect' }],
  ['challenge', { step: 'challenge', url: `${anIssuer}/c`, creq: aCreq, sessionData: 'c2Vzcw', windowSize: '02' }],
  ['whole window', { step: 'challenge', url: `${anIssuer}/c`, creq: aCreq, sessionData: null, windowSize: '05' }],
  ['waiting', { step: 'waiting', for: 'issuer', pollAfterMs: 2_000 }],
  ['done', { step: 'done', outcome: 'succeeded', redirectTo: 'https://shop.example/r?status=succeeded' }],
  ['done here', { step: 'done', outcome: 'failed', redirectTo: null }],
]
const hostile = '<img src=x onerror=alert(1)>"\''
const everyPage = steps.flatMap(([name, next]) =>
  Object.keys(catalogues).map((language) => {
    const view = aView(next, { merchantName: hostile, issuerText: hostile })
    return [name, language, sessionPage(view, localeFor(language), '/authenticate/x')] as const
  }),
)

it.each(everyPage)(
  '%s in %s holds no handler, no style of its own, and nothing of elsewhere',
  (_name, language, page) => {
    const outside = page.body.replaceAll(/<(script|style)>[\s\S]*?<\/\1>/g, '')
    expect(outside).not.toMatch(/<[^>]+\s(on\w+|style)=/i)
    expect(outside).not.toContain('<img')
    expect(page.body).not.toMatch(/<[^>]+\ssrc=|@import|url\((?!data:)/)
    expect(page.body).toContain(`<html lang="${language}">`)
  },
)

it.each(everyPage)('%s in %s names its one script and its style by their hashes', (_name, _language, page) => {
  const hashOf = (tag: string) => {
    const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page.body)?.[1] ?? ''
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  }
  const policy = page.headers['content-security-policy']
  expect(policy).toContain(`script-src ${hashOf('script')};`)
  expect(policy).toContain(`style-src ${hashOf('style')};`)
})

it('the issuer is allowed where its pages are used, and nowhere else', () => {
  for (const [name, , page] of everyPage) {
    const usesIssuer = ['method', 'challenge', 'whole window'].includes(name)
    expect([name, page.headers['content-security-policy']?.includes(anIssuer)]).toEqual([name, usesIssuer])
  }
})

it('a page is small: slow telephones are not kept waiting', () => {
  const script = readFileSync(new URL('shopper-page.js', import.meta.url), 'utf8')
  expect(script.length).toBeLessThan(12_000)
  for (const [, , page] of everyPage) expect(gzipSync(page.body).length).toBeLessThan(6_000)
})
