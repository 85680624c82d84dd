// The one file that compiles Asio's bodies (ASIO_SEPARATE_COMPILATION).
#include <asio/impl/src.hpp>
