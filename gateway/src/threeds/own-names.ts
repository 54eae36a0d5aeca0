/** What this 3DS server and its requestor are called where a scheme has given them no names of their own. */
export const serverReferenceNumber = 'TESSERA_3DS_SERVER'
export const sandboxAcquirerBin = '400000'
