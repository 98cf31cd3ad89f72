// The C side of the boundary. The header is generated and stands beside the static library; pkg-config says where.
#include <jules_swift.h>
