import type { CheckoutSettings } from '../../core/payments/payment.ts'

export interface Colors {
  background: string
  text: string
}

/** WCAG 2.2, 1.4.3: the least contrast of ordinary text. */
const leastContrast = 4.5

/**
 * The merchant's colours, where they can be read. A text that does not stand out from its background becomes black or white,
 * whichever does; a text colour alone is of no use, since the background follows the shopper's system.
 */
export function colorsOf(customization: CheckoutSettings['customization']): Colors | null {
  const background = customization?.bgColor ?? null
  if (background === null) return null
  const text = customization?.fontColor ?? null
  if (text !== null && contrast(background, text) >= leastContrast) return { background, text }
  return {
    background,
    text: contrast(background, '#ffffff') >= contrast(background, '#000000') ? '#ffffff' : '#000000',
  }
}

/** From 1 to 21, as WCAG 2.2 defines the contrast ratio. */
export function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left)
  return (lighter + 0.05) / (darker + 0.05)
}

/** Of `#rgb` or `#rrggbb`. */
function luminance(color: string): number {
  const digits = color.slice(1)
  const whole = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) =>
    linear(Number.parseInt(whole.slice(at, at + 2), 16) / 255),
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}
