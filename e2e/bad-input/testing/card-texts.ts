/** Card numbers in the shapes in which they slip into texts. Published test numbers: they belong to nobody. */
export const strayNumbers = {
  visa: '4111111111111111',
  mastercard: '5105105105105100',
  mastercardTwoSeries: '2223003122003222',
  amex: '378282246310005',
  diners: '36227206271667',
  unionpay: '6205500000000000004',
}

const grouped = (digits: string, separator: string): string => digits.replace(/(.{4})(?=.)/g, `$1${separator}`)

/** Texts that hold a card number: brand range, length and check digit are right; digits alone or grouped. */
export const cardTexts: readonly string[] = [
  ...Object.values(strayNumbers),
  grouped(strayNumbers.visa, ' '),
  grouped(strayNumbers.visa, '-'),
  grouped(strayNumbers.mastercard, '.'),
  `order 7 paid with ${strayNumbers.visa}, thanks`,
  `card:${strayNumbers.amex}`,
  `3782 822463 10005`,
  `${strayNumbers.mastercard} 12/34 123`,
]

/** Every spelling above as it would stand in a log: the digits, and the digits with what groups them. */
export function leakedNumbers(text: string): string[] {
  const digits = Object.values(strayNumbers)
  return digits.filter((number) => {
    const pattern = new RegExp([...number].join('[ .\\-]?'))
    return pattern.test(text)
  })
}
