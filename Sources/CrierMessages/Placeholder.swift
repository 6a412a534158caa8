// CrierMessages
