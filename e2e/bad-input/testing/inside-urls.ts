/** IPv4 addresses that are not public: this machine, private and shared networks, cloud metadata, nobody's. */
const insideAddresses = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.1.1',
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
]

/** Spellings of one IPv4 address that a URL reader, a resolver or a socket may take for it. */
function spellingsOf(address: string): string[] {
  const parts = address.split('.').map(Number)
  const [a = 0, b = 0, c = 0, d = 0] = parts
  const whole = ((a * 256 + b) * 256 + c) * 256 + d
  const hex = (part: number) => part.toString(16).padStart(2, '0')
  const pair = (high: number, low: number) => (high * 256 + low).toString(16)
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    parts.map((part) => `0x${hex(part)}`).join('.'),
    parts.map((part) => `0${part.toString(8).padStart(3, '0')}`).join('.'),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    [...address].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''),
    [...address].map((letter) => (letter === '.' ? '。' : String.fromCodePoint(0xff10 + Number(letter)))).join(''),
    `[::ffff:${address}]`,
    `[::ffff:${pair(a, b)}:${pair(c, d)}]`,
    `[64:ff9b::${pair(a, b)}:${pair(c, d)}]`,
    `[2002:${pair(a, b)}:${pair(c, d)}::1]`,
    `[::${address}]`,
  ]
}

const insideIpv6 = [
  '::1',
  '::',
  '0:0:0:0:0:0:0:1',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  'fec0::1',
  '100::1',
  '2001:db8::1',
  '2001::1',
].map((address) => `[${address}]`)

const loopbackNames = ['localhost', 'LOCALHOST', 'localhost.', 'shop.localhost', 'shop.localhost.']
const shortNames = ['intranet', 'metadata', 'vault', 'localhost6', 'a']

export const insideHosts: readonly string[] = [
  ...insideAddresses.flatMap(spellingsOf),
  ...insideIpv6,
  ...loopbackNames,
  ...shortNames,
]

const isLoopback = (host: string): boolean => {
  const url = URL.parse(`https://${host}`)
  return url !== null && /^(127\.|\[::1\]$|\[::ffff:7f|(.*\.)?localhost\.?$)/.test(url.hostname)
}

/** In test mode a developer's own machine may be named. */
export const insideHostsOfTestMode: readonly string[] = insideHosts.filter((host) => !isLoopback(host))

/** URLs that look like one host and mean another, or are no web addresses. `INSIDE` is where the canary listens. */
export const trickUrls: readonly string[] = [
  'https://shop.example@INSIDE/',
  'https://shop.example:443@INSIDE/',
  'https://shop.example%00@INSIDE/',
  'https://INSIDE\\@shop.example/',
  'https://shop.example\\@INSIDE/',
  'https:\\\\INSIDE/',
  'https:/INSIDE/',
  'https:INSIDE/',
  'https:///INSIDE/',
  '//INSIDE/',
  'INSIDE',
  ' https://INSIDE/',
  'https://INSIDE/ ',
  'ht\ntps://INSIDE/',
  'https://\tINSIDE/',
  'https://INSIDE/#shop.example',
  'https://shop.example/#@INSIDE/',
  'https://shop.example#@INSIDE/',
  'http://shop.example/',
  'http://shop.example:443/',
  'ftp://INSIDE/',
  'file:///etc/passwd',
  'gopher://INSIDE/_x',
  'dict://INSIDE/x',
  'ldap://INSIDE/x',
  'unix:///var/run/docker.sock',
  'data:text/plain,x',
  'javascript:alert(1)',
  'ws://INSIDE/',
  'wss://INSIDE/',
  'blob:https://INSIDE/x',
  'https://',
  'https://:443/',
  'https://[::1/',
  'https://[fe80::1%25eth0]/',
  'https://shop.example:0/',
  'https://shop.example:22/',
  'https://shop.example:5432/',
  'https://shop.example:65536/',
  'https://256.256.256.256/',
  'https://127.0.0.1.1/',
  'https://xn--/',
  '',
  'x',
]
