import { expect, it } from 'vitest'
import { colorsOf, contrast } from './colors.ts'

const settings = (bgColor: string | null, fontColor: string | null) => ({
  bgColor,
  fontColor,
  logoUrl: null,
  merchantName: null,
})

it.each([
  ['#000000', '#ffffff', 21],
  ['#fff', '#fff', 1],
  ['#777777', '#ffffff', 4.48],
  ['#0000ff', '#ffffff', 8.59],
])('the contrast of %s and %s is %d', (one, other, ratio) => {
  expect(contrast(one, other)).toBeCloseTo(ratio, 2)
  expect(contrast(other, one)).toBeCloseTo(ratio, 2)
})

it('colours that can be read stay as they are', () => {
  expect(colorsOf(settings('#102040', '#f0f0f0'))).toEqual({ background: '#102040', text: '#f0f0f0' })
})

it.each([
  ['#ffff00', '#ffffff', '#000000'],
  ['#102040', '#203050', '#ffffff'],
  ['#102040', null, '#ffffff'],
  ['#fafafa', null, '#000000'],
])('on %s a text in %s becomes %s', (background, text, readable) => {
  expect(colorsOf(settings(background, text))).toEqual({ background, text: readable })
})

it('without a background the page keeps its own colours', () => {
  expect(colorsOf(settings(null, '#ffffff'))).toBeNull()
  expect(colorsOf(null)).toBeNull()
})
