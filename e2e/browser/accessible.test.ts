import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Look, pageGallery } from './page-gallery.ts'
import { desktop, expectAccessible, expectFits, picture, smallTelephone, telephone } from './shopper.ts'
import { openStage, type Stage } from './stage.ts'

/** Every page there is, in every language, as markup: nothing of it runs, so that each stays as long as it is looked at. */

let stage: Stage
let gallery: Awaited<ReturnType<typeof pageGallery>>

beforeAll(async () => {
  stage = await openStage()
  gallery = await pageGallery(stage)
})
afterAll(() => stage?.close())

const languages = ['en', 'fr', 'de', 'es', 'ja']

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

async function lookAt(looks: Map<string, Look>, language: string, { name, withScript, options }: Manner) {
  await stage.withShopper(async ({ page }) => {
    for (const [which, look] of looks) {
      const text = await look(language)
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
    await lookAt(gallery.ours, language, manner)
  })

  it('nor on those of the simulated bank', async () => {
    await lookAt(gallery.bank, 'en', { ...manner, withScript: false })
  })
})

it('each language is a language of its own', async () => {
  for (const [which, look] of gallery.ours) {
    const titles = await Promise.all(
      languages.map(async (language) => /<h1[^>]*>([^<]+)</.exec(await look(language))?.[1]),
    )
    expect([which, new Set(titles).size]).toEqual([which, languages.length])
  }
})
