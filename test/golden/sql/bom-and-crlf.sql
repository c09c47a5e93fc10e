-- saved by an editor that writes a mark
CREATE TABLE a (x);


CREATE TABLE b (y);
