import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Frame, FrameLocator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { CardStage } from './card-stage.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const cardFrame = (page: Page): FrameLocator => page.frameLocator('iframe[name$="-card"]')

export function frameNamed(page: Page, ending: string): Frame {
  const found = page.frames().find((frame) => frame.name().endsWith(`-${ending}`))
  if (found === undefined) throw new Error(`no frame ${ending}`)
  return found
}

interface FieldsPage {
  options?: object
  lang?: string
  key?: string
  places?: string
}

/** A shop's page with the fields; what they tell is kept in `window.told`. */
export async function openFields(stage: CardStage, page: Page, o: FieldsPage = {}): Promise<FrameLocator> {
  page.setDefaultTimeout(20_000)
  const body =
    '<main><h1>Pay</h1><div id="card"></div><div id="number"></div><div id="expiry"></div><div id="cvc"></div>' +
    '<p><button id="pay">Pay</button></p></main>'
  await page.goto(stage.site.page('/fields', body, o.lang === undefined ? {} : { lang: o.lang }))
  await page.evaluate(`new Promise((resolve) => {
    window.told = []
    window.heard = []
    addEventListener('message', ({ data }) => heard.push(data))
    window.fields = Tessera(${JSON.stringify(o.key ?? stage.publishableKey)}).fields(${JSON.stringify(o.options ?? {})})
    fields.mount(${o.places ?? "'#card'"})
    for (const name of ['ready', 'error', 'change', 'focus', 'blur', 'submit']) {
      fields.on(name, (event) => {
        told.push([name, event?.code ?? event])
        if (name === 'ready' || name === 'error') resolve()
      })
    }
  })`)
  return cardFrame(page)
}

export interface MadeToken {
  token: string
  card: { brand: string; last4: string }
  error?: { code: string; param: string; message: string }
}

export const makeToken = (page: Page) =>
  page.evaluate(
    `fields.createToken({ cardholder_name: 'Ada' }).catch(({ code, param, message }) => ({ error: { code, param, message } }))`,
  ) as Promise<MadeToken>

export interface ToldState {
  complete: boolean
  empty: boolean
  brand: string | null
  faults: Record<string, string>
}

export const lastChange = (page: Page) =>
  page.evaluate(`told.findLast(([name]) => name === 'change')?.[1]`) as Promise<ToldState>

/** A frame by itself: the heading is the business of the page around it. */
export async function expectFrameAccessible(frame: Frame): Promise<void> {
  await frame.evaluate(axe)
  const rules = { 'page-has-heading-one': { enabled: false } }
  const found = await frame.evaluate(`axe.run(${JSON.stringify({ iframes: false, rules })})`)
  const { violations, passes } = found as { violations: unknown[]; passes: unknown[] }
  expect(violations).toEqual([])
  expect(passes.length).toBeGreaterThan(5)
}
