// The one header of libyaml, under a name of our own so that the module map needs no system path.
#include <yaml.h>
