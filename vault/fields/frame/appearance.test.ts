import { describe, expect, it } from 'vitest'
import { allowedVariables } from './appearance.ts'

describe('style variables of a page', () => {
  it.each([
    ['colorText', '#1a1a1a'],
    ['colorBorder', 'rgb(10 20 30 / 50%)'],
    ['colorFocus', 'oklch(60% 0.1 250)'],
    ['fontFamily', '"Open Sans", system-ui, sans-serif'],
    ['fontSize', 'clamp(14px, 1.2em, 20px)'],
    ['borderRadius', '8px'],
    ['paddingBlock', 'calc(4px + 1em)'],
  ])('%s may be %s', (name, value) => {
    expect(allowedVariables({ [name]: value }).map(([, taken]) => taken)).toEqual([value])
  })

  it.each([
    ['colorText', 'url(https://evil.example/x)'],
    ['colorText', 'u\\72l(//evil.example)'],
    ['colorBackground', 'image-set("https://evil.example/x" 1x)'],
    ['colorBackground', 'var(--other)'],
    ['colorBackground', 'env(x)'],
    ['colorBackground', 'attr(value)'],
    ['colorText', 'red; background: blue'],
    ['colorText', 'red} input{color:blue'],
    ['colorText', '/* x */ red</style>'],
    ['colorText', '@import "x"'],
    ['colorText', 'expression(alert(1))'],
    ['fontFamily', 'x'.repeat(121)],
    ['background', 'red'],
    ['__proto__', 'red'],
    ['constructor', 'red'],
  ])('%s may not be %s', (name, value) => {
    expect(allowedVariables(JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`))).toEqual([])
  })

  it('that are no texts are left out', () => {
    expect(allowedVariables({ colorText: { toString: () => 'red' } as unknown as string })).toEqual([])
    expect(allowedVariables(undefined)).toEqual([])
  })
})
