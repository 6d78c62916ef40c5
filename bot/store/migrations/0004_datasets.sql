-- Set aside for the datasets room.
SELECT 1;
