// CrierHTTP2
