#include "CCrierCodecs.h"
