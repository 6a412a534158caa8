// CrierServices
