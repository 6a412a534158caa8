// CrierClient
