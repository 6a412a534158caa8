// CrierCodecs
