/** The call contradicts what the vault has written down; nothing was changed and nothing was sent. */
export class CallRefused extends Error {
  override name = 'CallRefused'
}
