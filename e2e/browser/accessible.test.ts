import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bankGallery, type Gallery, ourGallery } from './page-gallery.ts'
import { desktop, expectAccessible, expectFits, picture, smallTelephone, telephone } from './shopper.ts'
import { openStage, type Stage } from './stage.ts'

/** Every page there is, in every language, as markup: nothing of it runs, so that each stays as long as it is looked at. */

const languages = ['en', 'fr', 'de', 'es', 'ja']
let stage: Stage
let ours: Gallery
let bank: Gallery

beforeAll(async () => {
  stage = await openStage()
  ours = await ourGallery(stage, languages)
  bank = await bankGallery(stage)
})
afterAll(() => stage?.close())

interface Manner {
  name: string
  withScript: boolean
  languages: readonly string[]
  options: BrowserContextOptions
}
const manners: Manner[] = [
  { name: 'small', withScript: false, languages, options: { viewport: smallTelephone } },
  { name: 'telephone', withScript: true, languages: ['en', 'de'], options: { viewport: telephone } },
  { name: 'desktop', withScript: true, languages: ['en'], options: { viewport: desktop, colorScheme: 'dark' } },
]

/** As the page's script leaves it, or as it is where scripts are off. */
function still(text: string, withScript: boolean): string {
  const quiet = text.replace(/<script>[\s\S]*?<\/script>|<noscript>[\s\S]*?<\/noscript>/g, '')
  return withScript ? quiet.replace('<html ', '<html class="script" ') : quiet
}

async function lookAt(gallery: Gallery, language: string, { name, withScript, options }: Manner) {
  await stage.withShopper(async ({ page }) => {
    for (const [which, texts] of gallery) {
      const text = texts.get(language) ?? ''
      await page.setContent(still(text, withScript))
      const heading = page.getByRole('heading', { level: 1 })
      expect([which, await heading.count()]).toEqual([which, 1])
      await expectAccessible(page, which)
      await expectFits(page)
      if (language === 'en') await picture(page, `page-${which}-${name}`)
      if (language === 'ja' && name === 'small') await picture(page, `page-${which}-ja`)
    }
  }, options)
}

describe.each(manners)('on a $name screen', (manner) => {
  it.each(manner.languages)('axe finds nothing on any of our pages in %s, and each fits', async (language) => {
    await lookAt(ours, language, manner)
  })

  it('nor on those of the simulated bank', async () => {
    await lookAt(bank, 'en', { ...manner, withScript: false })
  })
})

it('each page is itself, in each language', () => {
  const headings = [...ours].map(([which, texts]) => {
    const titles = [...texts.values()].map((text) => /<h1[^>]*>([^<]+)</.exec(text)?.[1])
    expect([which, new Set(titles).size]).toEqual([which, languages.length])
    return [which, titles[0]]
  })
  expect(Object.fromEntries(headings)).toMatchObject({
    'awaiting-charge': 'Confirm your payment',
    succeeded: 'Payment confirmed',
    failed: 'Payment not completed',
    canceled: 'Payment canceled',
    refused: 'This did not work',
    unknown: 'This page does not exist',
  })
  for (const [which, state] of [
    ['answered-elsewhere', 'waiting for issuer'],
    ['awaiting-answer', 'waiting for answer'],
    ['awaiting-charge', 'waiting for charge'],
  ] as const) {
    for (const text of ours.get(which)?.values() ?? []) expect(text).toContain(`data-state="${state}"`)
  }
  expect(bank.get('bank-code')?.get('en')).toContain('id="one-time-code"')
  expect(bank.get('bank-wrong-code')?.get('en')).toContain('id="problem"')
})
