// CrierStorage
