#include "CCrierMessages.h"
