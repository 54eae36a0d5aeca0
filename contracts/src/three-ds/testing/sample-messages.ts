/** One good message of each kind, as plain objects that tests may spoil. Ids are made up; the card number is a test number. */

const threeDSServerTransID = '5e1d3c4a-94a3-4a5f-8c3b-0d2f5a1b7c01'
const acsTransID = '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02'
const dsTransID = '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03'
const ids = { threeDSServerTransID, acsTransID, dsTransID }

export type Sample = Record<string, unknown>

export function areqSample(more: Sample = {}): Sample {
  return {
    messageType: 'AReq',
    messageVersion: '2.2.0',
    deviceChannel: '02',
    messageCategory: '01',
    acctNumber: '4000000000003220',
    cardExpiryDate: '3412',
    threeDSServerTransID,
    threeDSServerRefNumber: 'TESSERA_3DSS',
    threeDSServerURL: 'https://pay.example/3ds/results',
    threeDSRequestorID: 'mer_1',
    threeDSRequestorName: 'Corner Shop',
    threeDSRequestorURL: 'https://shop.example',
    threeDSRequestorAuthenticationInd: '01',
    threeDSCompInd: 'Y',
    notificationURL: 'https://pay.example/3ds/challenge-done/abc',
    browserAcceptHeader: 'text/html',
    browserUserAgent: 'Mozilla/5.0',
    browserLanguage: 'en-GB',
    browserJavascriptEnabled: true,
    browserJavaEnabled: false,
    browserColorDepth: '24',
    browserScreenHeight: '1080',
    browserScreenWidth: '1920',
    browserTZ: '-120',
    acquirerBIN: '400551',
    acquirerMerchantID: 'mer_1',
    mcc: '5734',
    merchantCountryCode: '276',
    merchantName: 'Corner Shop',
    purchaseAmount: '1762',
    purchaseCurrency: '840',
    purchaseExponent: '2',
    purchaseDate: '20300115120000',
    ...more,
  }
}

export function aresSample(more: Sample = {}): Sample {
  return {
    messageType: 'ARes',
    messageVersion: '2.2.0',
    ...ids,
    acsReferenceNumber: 'ACS_REFERENCE',
    dsReferenceNumber: 'DS_REFERENCE',
    transStatus: 'Y',
    authenticationValue: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=',
    eci: '05',
    ...more,
  }
}

export function creqSample(more: Sample = {}): Sample {
  const { dsTransID: _, ...browserIds } = ids
  return { messageType: 'CReq', messageVersion: '2.2.0', ...browserIds, challengeWindowSize: '05', ...more }
}

export function cresSample(more: Sample = {}): Sample {
  const { dsTransID: _, ...browserIds } = ids
  return { messageType: 'CRes', messageVersion: '2.2.0', ...browserIds, transStatus: 'Y', ...more }
}

export function rreqSample(more: Sample = {}): Sample {
  return {
    messageType: 'RReq',
    messageVersion: '2.2.0',
    messageCategory: '01',
    ...ids,
    transStatus: 'Y',
    authenticationType: '02',
    authenticationValue: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=',
    eci: '05',
    interactionCounter: '01',
    ...more,
  }
}

export function rresSample(more: Sample = {}): Sample {
  return { messageType: 'RRes', messageVersion: '2.2.0', ...ids, resultsStatus: '01', ...more }
}

export function preqSample(more: Sample = {}): Sample {
  return {
    messageType: 'PReq',
    messageVersion: '2.2.0',
    threeDSServerTransID,
    threeDSServerRefNumber: 'TESSERA_3DSS',
    ...more,
  }
}

export function presSample(more: Sample = {}): Sample {
  return {
    messageType: 'PRes',
    messageVersion: '2.2.0',
    threeDSServerTransID,
    dsTransID,
    serialNum: '10',
    dsStartProtocolVersion: '2.1.0',
    dsEndProtocolVersion: '2.2.0',
    cardRangeData: [
      {
        startRange: '4012000000001000',
        endRange: '4012000000001999',
        actionInd: 'A',
        acsStartProtocolVersion: '2.1.0',
        acsEndProtocolVersion: '2.2.0',
        threeDSMethodURL: 'https://acs.example/method',
      },
    ],
    ...more,
  }
}

export function erroSample(more: Sample = {}): Sample {
  return {
    messageType: 'Erro',
    messageVersion: '2.2.0',
    threeDSServerTransID,
    errorCode: '203',
    errorComponent: 'D',
    errorDescription: 'An element has the wrong format or value.',
    errorDetail: 'mcc',
    errorMessageType: 'AReq',
    ...more,
  }
}

export const samples: Readonly<Record<string, (more?: Sample) => Sample>> = {
  AReq: areqSample,
  ARes: aresSample,
  CReq: creqSample,
  CRes: cresSample,
  RReq: rreqSample,
  RRes: rresSample,
  PReq: preqSample,
  PRes: presSample,
  Erro: erroSample,
}
