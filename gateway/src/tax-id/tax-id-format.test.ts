import { describe, expect, it } from 'vitest'
import { checkFormat } from './tax-id-format.ts'

const check = (text: string, country: string) => {
  const { taxId, verdict } = checkFormat(text, country)
  return `${taxId} ${verdict}`
}

describe('a tax id', () => {
  it('is read as people write it', () => {
    expect(check('DE136695976', 'DE')).toBe('DE136695976 well_formed')
    expect(check(' de 136.695-976 ', 'DE')).toBe('DE136695976 well_formed')
    expect(check('136695976', 'de')).toBe('DE136695976 well_formed')
    expect(check('U13585627', 'AT')).toBe('ATU13585627 well_formed')
    expect(check('B58378431', 'ES')).toBe('ESB58378431 well_formed')
    expect(check('974 761 076 MVA', 'NO')).toBe('NO974761076MVA well_formed')
    expect(check('CHE-123.456.788 MWST', 'CH')).toBe('CHE123456788MWST well_formed')
  })

  it('has right check digits or is malformed', () => {
    expect(check('DE136695977', 'DE')).toBe('DE136695977 malformed')
    expect(check('136695977', 'DE')).toBe('DE136695977 malformed')
    expect(check('CHE-123.456.789', 'CH')).toBe('CHE123456789 malformed')
    expect(check('nonsense', 'FR')).toBe('FRNONSENSE malformed')
    expect(check('', 'DE')).toBe('DE malformed')
    expect(checkFormat('9'.repeat(100_000), 'DE').verdict).toBe('malformed')
    expect(checkFormat('9'.repeat(100_000), 'DE').taxId).toHaveLength(20)
  })

  it('of Greece has the prefix that VIES uses, however it is written', () => {
    expect(['EL094259216', 'GR094259216', '094259216'].map((each) => check(each, 'GR'))).toEqual(
      Array(3).fill('EL094259216 well_formed'),
    )
  })

  it('of Northern Ireland is a British number under its own prefix', () => {
    expect(check('XI980780684', 'GB')).toBe('XI980780684 well_formed')
    expect(check('XI980780685', 'XI')).toBe('XI980780685 malformed')
    expect(check('980780684', 'XI')).toBe('XI980780684 well_formed')
    expect(check('980780684', 'GB')).toBe('GB980780684 well_formed')
  })

  it('of Monaco is a French one', () => {
    expect(check('83404833048', 'MC')).toBe('FR83404833048 well_formed')
  })

  it('with the prefix of another country is what it says it is', () => {
    expect(check('FR83404833048', 'DE')).toBe('FR83404833048 well_formed')
    expect(check('FR83404833048', 'US')).toBe('FR83404833048 well_formed')
  })

  it('of a country without a rule is not judged', () => {
    expect(check('51 824 753 556', 'AU')).toBe('AU51824753556 unknown')
    expect(check('AU51824753556', 'AU')).toBe('AU51824753556 unknown')
    expect(check('EU372123456', 'US')).toBe('USEU372123456 unknown')
  })
})
