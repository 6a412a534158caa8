// CrierCore
