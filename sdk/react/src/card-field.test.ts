import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import type { Tessera } from '../../browser/src/public-api.ts'
import { CardField, TesseraProvider, useTessera } from './card-field.ts'

const seen: (Tessera | null)[] = []
function Reader(): null {
  seen.push(useTessera())
  return null
}

it('a card field is a place for the frame, and nothing of the card is in the page', () => {
  const field = createElement(CardField, { className: 'card' })
  const html = renderToStaticMarkup(createElement(TesseraProvider, { tessera: null }, field))
  expect(html).toBe('<div class="card"></div>')
})

it('what the provider was given is at hand below it, and null without one', () => {
  seen.length = 0
  const tessera = { check: {} } as Tessera
  renderToStaticMarkup(createElement(TesseraProvider, { tessera }, createElement(Reader)))
  renderToStaticMarkup(createElement(Reader))
  expect(seen).toEqual([tessera, null])
})
