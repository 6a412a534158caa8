// CrierGRPC
