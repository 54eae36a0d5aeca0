import type { FrameAppearance } from '@tessera/contracts/fields-protocol'

const names = new Set([
  'colorText',
  'colorPlaceholder',
  'colorBackground',
  'colorBorder',
  'colorFocus',
  'colorDanger',
  'fontFamily',
  'fontSize',
  'fontWeight',
  'letterSpacing',
  'borderRadius',
  'borderWidth',
  'paddingBlock',
  'paddingInline',
  'gap',
])
/** A value: words, numbers with units, lists, quoted names of fonts, and functions that only compute. */
const harmless = /^(?:[\w\s.,#%'"/+*-]|\b(?:rgba?|hsla?|hwb|oklab|oklch|lab|lch|calc|min|max|clamp)\(|\))*$/i
const longestValue = 120

/**
 * The variables that a page may set, and no others. A value that could load something, name another variable or end the
 * declaration is left out: a page must not learn by its style what stands in a field.
 */
export function allowedVariables(variables: FrameAppearance['variables']): [name: string, value: string][] {
  return Object.entries(variables ?? {}).flatMap(([name, value]): [string, string][] => {
    const isAllowed =
      names.has(name) && typeof value === 'string' && value.length <= longestValue && harmless.test(value)
    return isAllowed ? [[`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value]] : []
  })
}

export function applyAppearance(root: HTMLElement, appearance: FrameAppearance | undefined): void {
  const theme = appearance?.theme
  if (theme === 'light' || theme === 'dark' || theme === 'auto') root.dataset.theme = theme
  for (const [name, value] of allowedVariables(appearance?.variables)) root.style.setProperty(name, value)
}
