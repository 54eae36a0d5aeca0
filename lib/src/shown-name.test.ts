import { expect, test } from 'vitest'
import { shownName } from './shown-name.ts'

test.each(['amount', 'save_card', '_', 'x-1', 'line_item_2026', 'a123456', 'x'.repeat(40)])('%s is shown', (name) => {
  expect(shownName(name)).toBe(name)
})

test.each([
  '',
  '4111111111111111',
  'card_4111111111111111',
  'n4111-1111-1111-1111',
  'a1234567',
  'a b',
  'é',
  'a\n',
  'x'.repeat(41),
])('%j is not shown', (name) => {
  expect(shownName(name)).toBe('?')
})
